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
  let hub = hubs.get(signal);
  if (hub === undefined) {
    hub = new Hub(signal);
    hubs.set(signal, hub);
    if (!signal.aborted) signal.addEventListener('abort', hub);
  }
  hub.targets.add(target);
}

/** Ends {@link watch}. Idempotent. With the last target the listener goes too. */
export function stopWatching(signal: AbortSignal, target: Abortable): void {
  const hub = hubs.get(signal);
  if (hub === undefined || !hub.targets.delete(target) || hub.targets.size > 0) return;
  hubs.delete(signal);
  signal.removeEventListener('abort', hub);
}

class Hub implements EventListenerObject {
  readonly targets = new Set<Abortable>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  handleEvent(): void {
    const signal = this.#signal;
    signal.removeEventListener('abort', this);
    // Not a copy: aborting one target may end others, which then stop watching and must not be told.
    for (const target of this.targets) {
      this.targets.delete(target);
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
