import type { IncomingMessage } from 'node:http';

/** A header or trailer field as it was sent: name, value. */
export type RecordedField = readonly [name: string, value: string];

/** A request that a {@link TestServer} received, as it was on the wire. */
export class RecordedRequest {
  readonly method: string;
  /** The request target: `/path?query`, as it was sent. */
  readonly url: string;
  /** Like `1.1`. */
  readonly httpVersion: string;
  /** In the order and the case in which they were sent. */
  readonly headers: readonly RecordedField[];
  /** The number of the connection that it came on: 1 is the server's first. */
  readonly connection: number;
  /** Resolves when the request has come to its end, or its connection has. */
  readonly ended: Promise<void>;
  readonly #message: IncomingMessage;
  readonly #chunks: Buffer[] = [];

  /** @internal */
  constructor(message: IncomingMessage, connection: number) {
    this.method = message.method ?? '';
    this.url = message.url ?? '';
    this.httpVersion = message.httpVersion;
    this.headers = pairs(message.rawHeaders);
    this.connection = connection;
    this.#message = message;
    this.ended = this.#record(message);
  }

  /** The value of a header field, whatever its case; several are joined by a comma. Undefined where there is none. */
  header(name: string): string | undefined {
    const values = this.headers.filter(([field]) => field.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
    return values.length === 0 ? undefined : values.join(', ');
  }

  /** What has come of the body. Where a handler answers without reading it, the rest is dropped. */
  get body(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }

  /** What has come of the body, as UTF-8. */
  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  /** Fields after the body. Empty until it has come to its end. */
  get trailers(): readonly RecordedField[] {
    return pairs(this.#message.rawTrailers);
  }

  /** Whether the whole request has come. */
  get isComplete(): boolean {
    return this.#message.complete;
  }

  /** Listens in where node:http hands over what it has parsed: a 'data' listener would have the message flow before its handler reads it. */
  #record(message: IncomingMessage): Promise<void> {
    const push = message.push.bind(message);
    return new Promise((resolve) => {
      message.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
        if (chunk instanceof Uint8Array) this.#chunks.push(Buffer.from(chunk));
        if (chunk === null) resolve();
        return push(chunk, encoding);
      };
      message.once('close', resolve);
    });
  }
}

function pairs(raw: readonly string[]): RecordedField[] {
  const fields: RecordedField[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) fields.push([raw[at] ?? '', raw[at + 1] ?? '']);
  return fields;
}
