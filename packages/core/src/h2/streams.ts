import type { Http2Exchange } from './exchange.ts';
import { unknownStreamState, type StreamState } from './stream-state.ts';

/** How many of those that we have reset are remembered: what was under way on them is no fault of the peer's. */
const REMEMBERED = 1_000;
const LAST_STREAM_ID = 2 ** 31 - 1;

/** The streams of a connection by their numbers, which are odd and grow (RFC 9113 §5.1.1). */
export class Streams {
  readonly #open = new Map<number, Http2Exchange>();
  #nextId = 1;
  #reset: Set<number> | undefined;

  get size(): number {
    return this.#open.size;
  }

  /** How many more can be numbered. */
  get idsLeft(): number {
    return this.#nextId > LAST_STREAM_ID ? 0 : (LAST_STREAM_ID - this.#nextId) / 2 + 1;
  }

  /** Of the last that was opened; less than any where none was. */
  get lastId(): number {
    return this.#nextId - 2;
  }

  /** Opens the next. @returns its number. */
  open(exchange: Http2Exchange): number {
    const streamId = this.#nextId;
    this.#nextId += 2;
    this.#open.set(streamId, exchange);
    return streamId;
  }

  get(streamId: number): Http2Exchange | undefined {
    return this.#open.get(streamId);
  }

  /** It is closed. */
  close({ streamId, state }: Http2Exchange): void {
    this.#open.delete(streamId);
    if (state === 'reset-sent') this.remember(streamId);
  }

  /** What may still come on it is ignored. */
  remember(streamId: number): void {
    this.#reset ??= new Set();
    this.#reset.add(streamId);
    if (this.#reset.size <= REMEMBERED) return;
    for (const first of this.#reset) {
      this.#reset.delete(first);
      return;
    }
  }

  /** Of one that is not open. */
  stateOf(streamId: number): StreamState {
    return this.#reset?.has(streamId) === true ? 'reset-sent' : unknownStreamState(streamId, this.#nextId);
  }

  /** Those that are open now, whatever becomes of them meanwhile. */
  all(): Http2Exchange[] {
    return [...this.#open.values()];
  }
}
