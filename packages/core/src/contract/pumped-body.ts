import { IncomingBody, type BodyProducer } from './incoming-body.ts';
import { requestBody, type BodyContent, type OpenBody, type RequestBody } from './request-body.ts';

/**
 * The body of a response that a program makes rather than a peer. Streams are read only as fast as their reader reads.
 * @throws TypeError when `content` is of no supported kind, or a stream that was already used.
 */
export function pumpedBody(content: BodyContent): { readonly body: IncomingBody; readonly contentType: string | undefined } {
  const source = requestBody(content);
  if (source.bytes !== undefined) return { body: IncomingBody.of(source.bytes), contentType: source.contentType };
  const producer = new Pump(source);
  const body = new IncomingBody(producer, source.length);
  producer.body = body;
  return { body, contentType: source.contentType };
}

class Pump implements BodyProducer {
  body: IncomingBody | undefined;
  readonly #source: RequestBody;
  #opened: OpenBody | undefined;
  #state: PumpState = { kind: 'waiting' };

  constructor(source: RequestBody) {
    this.#source = source;
  }

  resumeBody(): void {
    if (this.#state.kind !== 'waiting' || this.body === undefined) return;
    this.#state = { kind: 'running' };
    void this.#run(this.body);
  }

  cancelBody(reason: unknown): void {
    this.#state = { kind: 'cancelled', reason };
    this.#giveUp(reason);
  }

  /** Never rejects: what goes wrong is the body's failure. */
  async #run(body: IncomingBody): Promise<void> {
    try {
      this.#opened ??= await this.#source.open();
      // The reader may have left while the source was being opened.
      if (this.#state.kind === 'cancelled') this.#giveUp(this.#state.reason);
      else if (await this.#pushFrom(this.#opened, body)) body.end();
    } catch (error) {
      body.fail(error);
      this.#giveUp(error);
    }
  }

  /** @returns whether the source is at its end; it is not when the reader wants a pause or no more. */
  async #pushFrom(opened: OpenBody, body: IncomingBody): Promise<boolean> {
    if (opened.kind === 'bytes') {
      body.push(opened.bytes);
      return true;
    }
    while (this.#state.kind === 'running') {
      const result = await opened.chunks.next();
      if (result.done === true) return true;
      if (!body.push(result.value)) this.#pause();
    }
    return false;
  }

  #pause(): void {
    if (this.#state.kind === 'running') this.#state = { kind: 'waiting' };
  }

  /** Ends the source, opened or not. What fails in it is swallowed there. */
  #giveUp(reason: unknown): void {
    if (this.#opened === undefined) this.#source.release(reason);
    else if (this.#opened.kind === 'chunks') this.#opened.cancel(reason);
  }
}

type PumpState = { readonly kind: 'waiting' } | { readonly kind: 'running' } | { readonly kind: 'cancelled'; readonly reason: unknown };
