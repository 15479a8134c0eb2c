/** Something that a signal can cancel. */
export interface Abortable {
  abort(reason: unknown): void;
}

/**
 * The signals that are watched now, each with who waits for it: mostly one, for whom a set would cost 0.2 µs. They leave it with their last target: in a WeakMap,
 * whose values would hold its keys, a signal for each request costs 2 µs of garbage collection.
 */
const watched = new Map<AbortSignal, Abortable | Set<Abortable>>();

/**
 * Has `target.abort(signal.reason)` called once when the signal is aborted. One listener on a signal serves every request that shares it: a thousand
 * listeners are a list to be searched whenever one ends. The caller calls {@link stopWatching} when the signal no longer concerns it, and asks
 * `signal.aborted` first: of a signal that was aborted before, nobody hears any more.
 */
export function watch(signal: AbortSignal, target: Abortable): void {
  const targets = watched.get(signal);
  if (targets instanceof Set) targets.add(target);
  else if (targets !== undefined) watched.set(signal, new Set([targets, target]));
  else {
    watched.set(signal, target);
    if (!signal.aborted) signal.addEventListener('abort', tellAll);
  }
}

/** Ends {@link watch}. Idempotent. With the last target the listener goes too. */
export function stopWatching(signal: AbortSignal, target: Abortable): void {
  const targets = watched.get(signal);
  if (targets instanceof Set ? !targets.delete(target) || targets.size > 0 : targets !== target) return;
  watched.delete(signal);
  signal.removeEventListener('abort', tellAll);
}

/** The one listener, for all signals: a function, since an object with `handleEvent` costs Node 0.5 µs more. */
function tellAll(this: AbortSignal): void {
  this.removeEventListener('abort', tellAll);
  const found = watched.get(this);
  if (found === undefined) return;
  const targets = found instanceof Set ? found : new Set([found]);
  watched.set(this, targets);
  // Not a copy: aborting one target may end others, which then stop watching and must not be told.
  for (const target of targets) {
    targets.delete(target);
    abortOne(target, this.reason);
  }
  watched.delete(this);
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
