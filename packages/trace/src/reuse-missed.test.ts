import type { CloseReason } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { noIdleCloses, rememberIdleClose, takeMissed, type MissedReuse } from './reuse-missed.ts';

test.for<{ fact: string; closes: readonly (readonly [CloseReason, number])[]; taken: readonly (MissedReuse | undefined)[] }>([
  { fact: 'nothing was closed', closes: [], taken: [undefined] },
  {
    fact: 'each that was closed would have done once, and is not needed before it was the last to be used',
    closes: [
      ['idle-timeout', 1],
      ['idle-timeout', 2],
    ],
    taken: [{ by: 'ours', sinceMs: 2 }, { by: 'ours', sinceMs: 2 }, undefined],
  },
  {
    fact: 'the server closes what is idle with a word of it or without',
    closes: [
      ['server-idle-timeout', 1],
      ['server-closed-idle', 2],
    ],
    taken: [{ by: 'servers', sinceMs: 2 }, { by: 'servers', sinceMs: 2 }, undefined],
  },
  {
    fact: 'of ours and the servers the one used last',
    closes: [
      ['server-closed-idle', 5],
      ['idle-timeout', 3],
    ],
    taken: [{ by: 'servers', sinceMs: 5 }, { by: 'ours', sinceMs: 3 }, undefined],
  },
  {
    fact: 'what is closed for another reason was not to be kept',
    closes: [
      ['max-idle-conns', 1],
      ['close-idle-connections', 1],
      ['max-conn-lifetime', 1],
    ],
    taken: [undefined],
  },
])('$fact', ({ closes, taken }) => {
  const remembered = noIdleCloses();
  for (const [reason, sinceMs] of closes) rememberIdleClose(remembered, reason, sinceMs);
  expect(taken.map(() => takeMissed(remembered))).toEqual(taken);
});
