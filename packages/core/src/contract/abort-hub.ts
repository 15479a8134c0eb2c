/** Something that a signal can cancel. */
export interface Abortable {
  abort(reason: unknown): void;
}

/**
 * The signals that are watched now, each with the one listener that serves all who wait for it. They leave it with their last target: in a WeakMap,
 * whose values would hold its keys, a signal for each request costs 2 µs of garbage collection.
 */
const hubs = new Map<AbortSignal, Hub>();

/**
 * Has `target.abort(signal.reason)` called once when the signal is aborted. One listener on a signal serves every request that shares it: a thousand
 * listeners are a list to be searched whenever one ends. The caller calls {@link stopWatching} when the signal no longer concerns it, and asks
 * `signal.aborted` first: of a signal that was aborted before, nobody hears any more.
 */
export function watch(signal: AbortSignal, target: Abortable): void {
  const hub = hubs.get(signal);
  if (hub === undefined) hubs.set(signal, new Hub(signal, target));
  else hub.add(target);
}

/** Ends {@link watch}. Idempotent. With the last target the listener goes too. */
export function stopWatching(signal: AbortSignal, target: Abortable): void {
  const hub = hubs.get(signal);
  if (hub === undefined || !hub.delete(target)) return;
  hubs.delete(signal);
  hub.stop();
}

/** Most signals have one target: a set for it costs 0.2 µs. */
class Hub {
  #first: Abortable | undefined;
  /** All, once there were two. */
  #targets: Set<Abortable> | undefined;
  readonly #signal: AbortSignal;
  /** A function: an object with `handleEvent` costs Node 0.5 µs more. */
  readonly #listener = (): void => this.#tellAll();

  constructor(signal: AbortSignal, first: Abortable) {
    this.#signal = signal;
    this.#first = first;
    if (!signal.aborted) signal.addEventListener('abort', this.#listener);
  }

  add(target: Abortable): void {
    this.#targets ??= this.#first === undefined ? new Set() : new Set([this.#first]);
    this.#targets.add(target);
  }

  /** @returns whether it was the last. */
  delete(target: Abortable): boolean {
    if (this.#targets !== undefined) return this.#targets.delete(target) && this.#targets.size === 0;
    if (this.#first !== target) return false;
    this.#first = undefined;
    return true;
  }

  stop(): void {
    this.#signal.removeEventListener('abort', this.#listener);
  }

  #tellAll(): void {
    this.stop();
    const signal = this.#signal;
    const first = this.#first;
    this.#targets ??= first === undefined ? new Set() : new Set([first]);
    // Not a copy: aborting one target may end others, which then stop watching and must not be told.
    for (const target of this.#targets) {
      this.#targets.delete(target);
      abortOne(target, signal.reason);
    }
    hubs.delete(signal);
  }
}

/** What one target throws must not keep the others waiting for ever; it is still an error, and reported as any listener's is. */
function abortOne(target: Abortable, reason: unknown): void {
  try {
    target.abort(reason);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
