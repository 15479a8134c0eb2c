import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Readable } from 'node:stream';

/** A header or trailer field as it was sent: name, value. */
export type RecordedField = readonly [name: string, value: string];

/** A request that a {@link TestServer} received, as it was on the wire. */
export class RecordedRequest {
  readonly method: string;
  /** The request target: `/path?query`, as it was sent. */
  readonly url: string;
  /** `1.1` or `2.0`. */
  readonly httpVersion: string;
  /** In the order and the case in which they were sent, without the pseudo-header fields of HTTP/2. */
  readonly headers: readonly RecordedField[];
  /** Those of HTTP/2, in their order: `[':method', 'GET']`. Empty for HTTP/1.1. */
  readonly pseudoHeaders: readonly RecordedField[];
  /** Whom it is for: `Host`, or `:authority`. */
  readonly authority: string | undefined;
  /** The number of the connection that it came on: 1 is the server's first. */
  readonly connection: number;
  /** The stream that it came on; undefined for HTTP/1.1. */
  readonly streamId: number | undefined;
  /** Resolves when the request has come to its end, or its connection has. */
  readonly ended: Promise<void>;
  readonly #message: IncomingMessage | Http2ServerRequest;
  readonly #chunks: Buffer[] = [];
  #isComplete: boolean;

  /** @internal */
  constructor(message: IncomingMessage | Http2ServerRequest, connection: number) {
    const fields = pairs(message.rawHeaders);
    this.method = message.method ?? '';
    this.url = message.url ?? '';
    this.httpVersion = message.httpVersion;
    this.headers = fields.filter(([name]) => !name.startsWith(':'));
    this.pseudoHeaders = fields.filter(([name]) => name.startsWith(':'));
    this.authority = fields.find(([name]) => name === ':authority')?.[1] ?? this.header('host');
    this.connection = connection;
    this.#message = message;
    const stream = 'stream' in message ? message.stream : undefined;
    this.streamId = stream?.id;
    this.#isComplete = stream?.endAfterHeaders ?? false;
    this.ended = this.#isComplete ? Promise.resolve() : this.#record(stream ?? message);
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
    return this.#isComplete;
  }

  /** Listens in where Node hands over what it has parsed: a 'data' listener would have the message flow before its handler reads it. */
  #record(source: Readable): Promise<void> {
    const push = source.push.bind(source);
    return new Promise((resolve) => {
      source.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
        if (chunk instanceof Uint8Array) this.#chunks.push(Buffer.from(chunk));
        if (chunk === null) {
          // node:http2 ends a stream that was reset as well, once it is closed.
          this.#isComplete ||= !source.closed;
          resolve();
        }
        return push(chunk, encoding);
      };
      source.once('close', resolve);
    });
  }
}

function pairs(raw: readonly string[]): RecordedField[] {
  const fields: RecordedField[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) fields.push([raw[at] ?? '', raw[at + 1] ?? '']);
  return fields;
}
