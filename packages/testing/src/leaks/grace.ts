import type { Entry, Ledger } from './ledger.ts';

/** Closing a socket takes a few turns of the event loop; what is still there after them is looked at again until this time is over. */
const GRACE_MS = 500;
/** So many looks there are in any case: a machine that is busy with something else is no leak. */
const LEAST_TURNS = 40;
const PROMPT_TURNS = 10;
const PAUSE_MS = 5;

/** Waits for the scope's entries to end. @returns those that did not. */
export async function leftAfterGrace(ledger: Ledger, scope: number): Promise<Entry[]> {
  const deadline = performance.now() + GRACE_MS;
  for (let turn = 1; ; turn++) {
    await nextTurn();
    const left = ledger.left(scope);
    if (left.length === 0 || (performance.now() > deadline && turn >= LEAST_TURNS)) return left;
    if (turn < PROMPT_TURNS) continue;
    // The timer of an `AbortSignal.timeout()` that nobody holds any more ends this way and no other.
    if (turn === PROMPT_TURNS) globalThis.gc?.();
    await pause();
  }
}

/** Once round the event loop, so that what was closed has been closed and what was rejected has been seen. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, PAUSE_MS);
  });
}
