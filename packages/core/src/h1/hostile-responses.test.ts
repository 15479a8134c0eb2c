import { describe, expect, test } from 'vitest';

import { carry, type Outcome } from '../../test/hostile/carry.ts';
import { HOSTILE_TABLES } from '../../test/hostile/tables.ts';
import { NO_ANSWER } from '../../test/hostile/early-end.ts';
import { splitsOf } from '../../test/hostile/splits.ts';

describe.for([...HOSTILE_TABLES, { name: 'no answer', rows: NO_ANSWER }])('$name', ({ rows }) => {
  test.for(rows)('$fact', async ({ bytes, method, ending, expected }) => {
    const exchange = { ...(method === undefined ? {} : { method }), ...(ending === undefined ? {} : { ending }) };
    const whole = await carry({ pieces: [bytes], ...exchange });
    expect(whole).toMatchObject(expected);
    if (whole.kind === 'refused') expect(whole.message).toMatch(/^[ -~]{1,300}$/);
    for (const pieces of splitsOf(bytes)) {
      const split = await carry({ pieces, ...exchange });
      // Compared as text first: a matcher costs more than the exchange.
      if (textOf(split) !== textOf(whole)) expect({ ...split, pieces }).toEqual({ ...whole, pieces });
    }
  });
});

/** Without the message: what a peer seems to speak shows after a few bytes only. */
function textOf(outcome: Outcome): string {
  return JSON.stringify(outcome, (key, value: unknown) => (key === 'message' ? undefined : value));
}
