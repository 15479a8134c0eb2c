import { expect, test } from 'vitest';

import type { Measured } from './measure.ts';
import { comparisonTable, explanation } from './report.ts';
import { countTimeWait } from './time-wait.ts';

/** As /proc/net/tcp and tcp6 have it, one after the other: port 8080 is 1F90. */
const LIST = `
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1139 1
   1: 0100007F:1F90 0100007F:C350 06 00000000:00000000 03:00000B7C 00000000     0        0 0 3
   2: 0100007F:C351 0100007F:1F90 06 00000000:00000000 03:00000B7C 00000000     0        0 0 3
   3: 0100007F:C352 0100007F:1F90 06 00000000:00000000 03:00000B7C 00000000     0        0 0 3
   4: 0100007F:C353 0100007F:1F91 06 00000000:00000000 03:00000B7C 00000000     0        0 0 3
   5: 0100007F:C354 0100007F:1F90 01 00000000:00000000 03:00000B7C 00000000     0        0 0 3
  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:C355 06 00000000:00000000
`;

test('counts what waits at either end of a port, and nothing else', () => {
  expect(countTimeWait(LIST, 8_080)).toEqual({ client: 2, server: 2 });
  expect(countTimeWait('', 8_080)).toEqual({ client: 0, server: 0 });
});

const pooled: Measured = {
  name: 'pooled',
  requests: 100,
  requestMs: 0.1,
  requestBytes: 2_048,
  opened: 1,
  timeWait: { client: 1, server: 0 },
};
const unpooled: Measured = {
  ...pooled,
  name: 'unpooled',
  requestMs: 0.4,
  requestBytes: 6_144,
  opened: 100,
  timeWait: { client: 0, server: 98 },
};

test('the scenarios side by side', () => {
  expect(comparisonTable([pooled, unpooled])).toBe(
    [
      '          time/request  allocated/request  connections opened  left in TIME_WAIT',
      `--------  ------------  -----------------  ------------------  ${'-'.repeat(33)}`,
      'pooled          100 µs            2.0 KiB                   1  1 at the client, 0 at the server',
      'unpooled        400 µs            6.0 KiB                 100  0 at the client, 98 at the server',
    ].join('\n'),
  );
});

test('what a platform does not tell is said so', () => {
  const table = comparisonTable([{ ...pooled, requestBytes: Number.NaN, timeWait: undefined }]);
  expect(table).toMatch(/not told +1 +not told here \(it is read from/);
});

test('is explained with its own numbers', () => {
  const other = { ...unpooled, requestMs: 0.25 };
  expect(explanation(pooled, [unpooled, other])).toMatch(/takes 2\.5 to 4\.0 times as long .* allocates 3\.0 times as much/);
});
