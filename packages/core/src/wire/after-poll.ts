let waiting: (() => void)[] = [];

/** A poll that took longer has left others behind: what arrived in the meantime is not told yet. */
const PROMPT_MS = 0.1;
const MOST_POLLS = 8;

/**
 * Calls back once the event loop has looked at its sockets again: what had arrived before the call was told by then. One pair of immediates serves all who ask
 * in a turn. An immediate runs after the poll under way, so it takes a second one to have had another poll between; and a busy process takes more, since the
 * ends of connections that come while it is at work are seen only after it (tried: of requests that race with their connection's end 5 % fail, not 10).
 */
export function afterPoll(callback: () => void): void {
  if (waiting.push(callback) === 1) setImmediate(takeTurn);
}

function takeTurn(): void {
  const due = waiting;
  waiting = [];
  poll(due, 1);
}

function poll(due: readonly (() => void)[], polls: number): void {
  const startedMs = performance.now();
  setImmediate(() => {
    if (performance.now() - startedMs > PROMPT_MS && polls < MOST_POLLS) poll(due, polls + 1);
    else for (const callback of due) callback();
  });
}
