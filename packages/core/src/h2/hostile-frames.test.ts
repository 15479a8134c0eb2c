import { describe, expect, test } from 'vitest';

import { carryFrames, comparable, expectedOf } from '../../test/hostile/http2/carry-frames.ts';
import { textOf } from '../../test/hostile/http2/engine-bench.ts';
import { FRAME_TABLES } from '../../test/hostile/http2/tables.ts';
import { cutsOf } from '../../test/hostile/http2/cuts.ts';

describe.for(FRAME_TABLES)('$name', ({ rows }) => {
  test.for(rows)('$fact', async (row) => {
    const text = textOf(row.says);
    const whole = await carryFrames(row, [text]);
    expect(whole).toMatchObject(expectedOf(row));
    for (const seen of [whole.seen, whole.other]) if (seen.kind === 'refused') expect(seen.message).toMatch(/^[ -~\xa1-\xff]{1,300}$/);
    for (const pieces of cutsOf(text)) {
      const cut = await carryFrames(row, pieces, false);
      // Compared as text first: a matcher costs more than the exchange.
      if (comparable(cut) !== comparable(whole)) expect({ ...cut, pieces }).toEqual({ ...whole, pieces });
    }
  });
});
