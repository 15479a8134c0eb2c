import { IncomingBody, type BodyProducer } from './incoming-body.ts';
import { requestBody, type BodyContent, type OpenBody } from './request-body.ts';

/**
 * The body of a response that a program makes rather than a peer. Streams are read only as fast as their reader reads.
 * @throws TypeError when `content` is of no supported kind, or a stream that was already used.
 */
export function pumpedBody(content: BodyContent): { readonly body: IncomingBody; readonly contentType: string | undefined } {
  const source = requestBody(content);
  if (source.bytes !== undefined) return { body: IncomingBody.of(source.bytes), contentType: source.contentType };
  const producer = new Pump(source.open.bind(source));
  const body = new IncomingBody(producer, source.length);
  producer.body = body;
  return { body, contentType: source.contentType };
}

class Pump implements BodyProducer {
  body: IncomingBody | undefined;
  readonly #open: () => OpenBody | Promise<OpenBody>;
  #opened: OpenBody | undefined;
  #state: 'waiting' | 'running' | 'ended' = 'waiting';

  constructor(open: () => OpenBody | Promise<OpenBody>) {
    this.#open = open;
  }

  resumeBody(): void {
    if (this.#state !== 'waiting' || this.body === undefined) return;
    this.#state = 'running';
    void this.#run(this.body);
  }

  cancelBody(reason: unknown): void {
    this.#state = 'ended';
    if (this.#opened?.kind === 'chunks') this.#opened.cancel(reason);
  }

  /** Never rejects: what goes wrong is the body's failure. */
  async #run(body: IncomingBody): Promise<void> {
    try {
      this.#opened ??= await this.#open();
      const isEnded = this.#opened.kind === 'bytes' ? pushAll(body, this.#opened.bytes) : await this.#pushChunks(body, this.#opened.chunks);
      if (isEnded) body.end();
    } catch (error) {
      body.fail(error);
    }
  }

  /** @returns whether the source is at its end; it is not when the reader wants a pause or no more. */
  async #pushChunks(body: IncomingBody, chunks: AsyncIterator<Uint8Array>): Promise<boolean> {
    while (this.#state === 'running') {
      const result = await chunks.next();
      if (result.done === true) return true;
      if (!body.push(result.value) && this.#state === 'running') this.#state = 'waiting';
    }
    return false;
  }
}

function pushAll(body: IncomingBody, bytes: Uint8Array): true {
  body.push(bytes);
  return true;
}
