import { SharedBody } from './shared-body.ts';
import type { StoredResponse } from './stored-response.ts';
import { hashOf } from './text-hash.ts';

/** What a fetch comes to, for those who wait for it. */
export type Outcome =
  /** The response is on its way, into the store too, or all there, where it could not be stored: whoever may have it takes it. */
  | { readonly kind: 'response'; readonly stored: StoredResponse; readonly body: SharedBody | Uint8Array | undefined }
  /** The response is in the store: it has just come, or the server has said that it still holds. */
  | { readonly kind: 'stored'; readonly stored: StoredResponse }
  /** It is for nobody but who asked: everybody asks for himself, at once. */
  | { readonly kind: 'not-shareable' }
  /** Who asked has left before there was an answer: somebody else may ask. */
  | { readonly kind: 'abandoned' }
  /** The server did not answer; or, where there is no error, has said that it is in trouble. */
  | { readonly kind: 'failed'; readonly error?: unknown };

export const NOT_SHAREABLE: Outcome = { kind: 'not-shareable' };

/** What requests have in common that wait for one another. */
export interface FlightName {
  readonly key: string;
  /** Of the key, as {@link hashOf} has it. */
  readonly hash: number;
}

export function flightName(key: string): FlightName {
  return { key, hash: hashOf(key) };
}

/** A fetch under way that others may join. */
export class Flight {
  /** When it set out: what was invalidated after that must not be joined. */
  readonly generation: number;
  readonly name: FlightName;
  /** Of its name: whoever looks for another need not look at that. */
  readonly hash: number;
  /** The next that was begun before it and is found by the same end of its hash. @internal */
  next: Flight | undefined;
  /** Where others find it, until it ends. */
  #flights: Flights | undefined;
  #mark: string | undefined;
  #outcome: Outcome | undefined;
  /** Made when somebody comes: most fetches are nobody else's. */
  #waiters: Set<(outcome: Outcome) => void> | undefined;
  /** Called when the last of those who wait has left; who asked has left before. */
  #onDeserted: (() => void) | undefined;

  constructor(flights: Flights, name: FlightName, generation: number) {
    this.#flights = flights;
    this.name = name;
    this.hash = name.hash;
    this.generation = generation;
  }

  /** What the store has said of deletions when it set out: who comes after a later one must not join. Undefined before that, and where nobody shares the store. */
  get mark(): string | undefined {
    return this.#mark;
  }

  /** The server, or a store that others share, is about to be asked. */
  setOut(mark: string | undefined): void {
    this.#mark = mark;
  }

  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Whether who comes now gets what the others get. */
  get isJoinable(): boolean {
    const outcome = this.#outcome;
    return outcome === undefined || (outcome.kind === 'response' && outcome.body instanceof SharedBody && outcome.body.isJoinable);
  }

  /** Calls `waiter` with the outcome: now, or within the call that settles it. @returns what takes it back. */
  whenSettled(waiter: (outcome: Outcome) => void): () => void {
    if (this.#outcome !== undefined) {
      waiter(this.#outcome);
      return () => {};
    }
    const waiters = (this.#waiters ??= new Set());
    waiters.add(waiter);
    return () => {
      if (waiters.delete(waiter) && waiters.size === 0) this.#onDeserted?.();
    };
  }

  /** Who asked has left. @param onDeserted Called once nobody waits any more; within this call where nobody does. */
  leaderLeft(onDeserted: () => void): void {
    if (this.#waiters === undefined || this.#waiters.size === 0) onDeserted();
    else this.#onDeserted = onDeserted;
  }

  /** Only the first outcome counts. */
  settle(outcome: Outcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#onDeserted = undefined;
    const waiters = this.#waiters;
    this.#waiters = undefined;
    if (waiters !== undefined) for (const waiter of waiters) waiter(outcome);
    if (outcome.kind !== 'response' || !(outcome.body instanceof SharedBody)) this.end();
  }

  /** Nobody can join it any more. Idempotent. */
  end(): void {
    this.settle(NOT_SHAREABLE);
    this.#flights?.remove(this);
    this.#flights = undefined;
  }
}

/** How many names are remembered, at most, whose answers nobody could share: those who ask for them need not wait to find out again. A power of two. */
const REMEMBERED = 8_192;

const FIRST_ROWS = 256;

/**
 * The fetches under way, by what they are for. Not a Map: one that each request is put into and taken out of makes itself anew every few dozen requests, and what has become old of
 * the one before keeps all alive that came after it, up to the next major collection. Scavenges take three times as long then, 0.4 µs a request of 1 KiB.
 */
export class Flights {
  /** The last that was begun of those whose hashes have the same end; the others follow it. */
  #rows: (Flight | undefined)[] = emptyRows(FIRST_ROWS);
  #count = 0;
  /** Hashes, each where its end says: the next with the same end takes its place. */
  readonly #notShareable = new Int32Array(REMEMBERED);

  /** A fetch that may be joined. @param generation What it must at least be as young as. */
  find({ key, hash }: FlightName, generation: number): Flight | undefined {
    let flight = this.#rows[this.#rowOf(hash)];
    while (flight !== undefined && (flight.hash !== hash || flight.name.key !== key)) flight = flight.next;
    return flight?.generation === generation && flight.isJoinable ? flight : undefined;
  }

  /** Whether the last answer was for one only. */
  isKnownNotShareable({ hash }: FlightName): boolean {
    return this.#notShareable[hash & (REMEMBERED - 1)] === hash;
  }

  /** A fetch that others may join from now on, in place of one that cannot be joined any more. */
  begin(name: FlightName, generation: number): Flight {
    if (this.#count === this.#rows.length) this.#spread();
    this.#count += 1;
    const flight = new Flight(this, name, generation);
    this.#add(flight);
    return flight;
  }

  /** One that was begun here has ended. @internal */
  remove(flight: Flight): void {
    const row = this.#rowOf(flight.hash);
    const first = this.#rows[row];
    this.#count -= 1;
    if (first === flight) this.#rows[row] = flight.next;
    else {
      let before = first;
      while (before !== undefined && before.next !== flight) before = before.next;
      if (before !== undefined) before.next = flight.next;
    }
    flight.next = undefined;
  }

  /** Remembers whether the answer could be shared. */
  learn(name: FlightName, isShareable: boolean): void {
    if (!isShareable) this.#notShareable[name.hash & (REMEMBERED - 1)] = name.hash;
    else if (this.isKnownNotShareable(name)) this.#notShareable[name.hash & (REMEMBERED - 1)] = 0;
  }

  #rowOf(hash: number): number {
    return hash & (this.#rows.length - 1);
  }

  #add(flight: Flight): void {
    const row = this.#rowOf(flight.hash);
    flight.next = this.#rows[row];
    this.#rows[row] = flight;
  }

  #spread(): void {
    const rows = this.#rows;
    this.#rows = emptyRows(2 * rows.length);
    for (const first of rows) for (const flight of inOrder(first)) this.#add(flight);
  }
}

function emptyRows(length: number): (Flight | undefined)[] {
  return Array.from({ length });
}

/** Those of a row, the first begun first. */
function inOrder(last: Flight | undefined): Flight[] {
  const flights: Flight[] = [];
  for (let flight = last; flight !== undefined; flight = flight.next) flights.unshift(flight);
  return flights;
}
