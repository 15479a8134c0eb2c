/** Resolves once nobody holds what `ref` is of. Not before: the test's own time limit says that somebody does. */
export async function collected(ref: WeakRef<object>): Promise<void> {
  let isHeld = true;
  while (isHeld) {
    // In turns of their own: whom a WeakRef was asked for stays until the end of the turn.
    await new Promise(setImmediate);
    globalThis.gc?.();
    isHeld = ref.deref() !== undefined;
  }
}
