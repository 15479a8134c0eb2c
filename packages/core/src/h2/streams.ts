import type { Http2Exchange } from './exchange.ts';
import { unknownStreamState, type StreamState } from './stream-state.ts';

/** How many of those that we have reset are remembered: what was under way on them is no fault of the peer's. */
const REMEMBERED = 1_000;
const LAST_STREAM_ID = 2 ** 31 - 1;

const FIRST_ROWS = 8;

/** The streams of a connection by their numbers, which are odd and grow (RFC 9113 §5.1.1). Not a Map, for the reason that `Line` gives. */
export class Streams {
  /** The last that was opened of those whose numbers have the same end; the others follow it. */
  #rows: (Http2Exchange | undefined)[] = emptyRows(FIRST_ROWS);
  #size = 0;
  #nextId = 1;
  #reset: Set<number> | undefined;

  get size(): number {
    return this.#size;
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
    if (this.#size === this.#rows.length) this.#spread();
    this.#size += 1;
    this.#add(streamId, exchange);
    return streamId;
  }

  get(streamId: number): Http2Exchange | undefined {
    let exchange = this.#rows[this.#rowOf(streamId)];
    while (exchange !== undefined && exchange.streamId !== streamId) exchange = exchange.nextInRow;
    return exchange;
  }

  /** It is closed, where it was opened. */
  close(exchange: Http2Exchange): void {
    this.#remove(exchange);
    if (exchange.state === 'reset-sent') this.remember(exchange.streamId);
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

  /** Those that are open now, whatever becomes of them meanwhile, the first opened first. */
  all(): Http2Exchange[] {
    const all: Http2Exchange[] = [];
    for (const last of this.#rows) for (let exchange = last; exchange !== undefined; exchange = exchange.nextInRow) all.push(exchange);
    return all.toSorted((a, b) => a.streamId - b.streamId);
  }

  #rowOf(streamId: number): number {
    return (streamId >>> 1) & (this.#rows.length - 1);
  }

  #add(streamId: number, exchange: Http2Exchange): void {
    const row = this.#rowOf(streamId);
    exchange.nextInRow = this.#rows[row];
    this.#rows[row] = exchange;
  }

  #remove(exchange: Http2Exchange): void {
    const row = this.#rowOf(exchange.streamId);
    let before: Http2Exchange | undefined;
    let at = this.#rows[row];
    while (at !== undefined && at !== exchange) {
      before = at;
      at = at.nextInRow;
    }
    if (at === undefined) return;
    if (before === undefined) this.#rows[row] = exchange.nextInRow;
    else before.nextInRow = exchange.nextInRow;
    exchange.nextInRow = undefined;
    this.#size -= 1;
  }

  #spread(): void {
    const all = this.all();
    this.#rows = emptyRows(2 * this.#rows.length);
    for (const exchange of all) this.#add(exchange.streamId, exchange);
  }
}

function emptyRows(length: number): (Http2Exchange | undefined)[] {
  return Array.from({ length });
}
