/** An async function passes for one that answers at once; what its promise is rejected with, for which nobody waits, would end the process. @returns whether it is a promise, or something else with a `then`. */
export function dropPromise(answer: unknown): boolean {
  if (!isThenable(answer)) return false;
  Promise.resolve(answer).catch(ignore);
  return true;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return 'then' in value && typeof value.then === 'function';
}

function ignore(): void {}
