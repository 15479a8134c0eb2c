import { SharedBody } from './shared-body.ts';
import type { StoredResponse } from './stored-response.ts';

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

/** A fetch under way that others may join. */
export class Flight {
  /** When it set out: what was invalidated after that must not be joined. */
  readonly generation: number;
  readonly key: string;
  readonly #flights: Map<string, Flight>;
  #mark: string | undefined;
  #outcome: Outcome | undefined;
  /** Made when somebody comes: most fetches are nobody else's. */
  #waiters: Set<(outcome: Outcome) => void> | undefined;
  /** Called when the last of those who wait has left; who asked has left before. */
  #onDeserted: (() => void) | undefined;

  /** @param flights Where others find it by its key, until it ends. */
  constructor(flights: Map<string, Flight>, key: string, generation: number) {
    this.#flights = flights;
    this.key = key;
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
    this.settle({ kind: 'not-shareable' });
    // Another may have taken its place.
    if (this.#flights.get(this.key) === this) this.#flights.delete(this.key);
  }
}

/** How many keys are remembered whose answers nobody could share: those who ask for them need not wait to find out again. */
const REMEMBERED = 1_000;

/** The fetches under way, by what they are for. */
export class Flights {
  readonly #flights = new Map<string, Flight>();
  readonly #notShareable = new Set<string>();

  /** A fetch that may be joined. @param generation What it must at least be as young as. */
  find(key: string, generation: number): Flight | undefined {
    const flight = this.#flights.get(key);
    return flight?.generation === generation && flight.isJoinable ? flight : undefined;
  }

  /** Whether the last answer was for one only. */
  isKnownNotShareable(key: string): boolean {
    return this.#notShareable.size > 0 && this.#notShareable.has(key);
  }

  /** A fetch that others may join from now on, in place of one that cannot be joined any more. */
  begin(key: string, generation: number): Flight {
    const flight = new Flight(this.#flights, key, generation);
    this.#flights.set(key, flight);
    return flight;
  }

  /** Remembers whether the answer could be shared. */
  learn(key: string, isShareable: boolean): void {
    if (isShareable) {
      if (this.#notShareable.size > 0) this.#notShareable.delete(key);
      return;
    }
    if (this.#notShareable.size >= REMEMBERED) this.#notShareable.clear();
    this.#notShareable.add(key);
  }
}
