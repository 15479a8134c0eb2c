let waiting: (() => void)[] = [];

/**
 * Calls back once the event loop has looked at its sockets again: what had arrived before the call was told by then. One pair of immediates serves all who ask
 * in a turn. An immediate runs after the poll under way, so it takes a second one to have had another poll between.
 */
export function afterPoll(callback: () => void): void {
  if (waiting.push(callback) === 1) setImmediate(nextTurn);
}

function nextTurn(): void {
  const due = waiting;
  waiting = [];
  setImmediate(() => {
    for (const callback of due) callback();
  });
}
