import { formatCount, formatTable } from '../shared/table.ts';
import type { Measured } from './measure.ts';
import type { TimeWait } from './time-wait.ts';

/** The scenarios side by side. */
export function comparisonTable(all: readonly Measured[]): string {
  const columns = [
    { title: '', align: 'left' },
    { title: 'time/request', align: 'right' },
    { title: 'allocated/request', align: 'right' },
    { title: 'connections opened', align: 'right' },
    { title: 'left in TIME_WAIT', align: 'left' },
  ] as const;
  return formatTable(
    columns,
    all.map((one) => [
      one.name,
      formatTime(one.requestMs),
      formatBytes(one.requestBytes),
      formatCount(one.opened),
      formatTimeWait(one.timeWait),
    ]),
  );
}

/** What the table shows, in two sentences with its own numbers. */
export function explanation(pooled: Measured, others: readonly Measured[]): string {
  const slower = span(others.map(({ requestMs }) => requestMs / pooled.requestMs));
  const larger = span(others.map(({ requestBytes }) => requestBytes / pooled.requestBytes));
  return [
    `A connection of its own for each request takes ${slower} times as long as a pooled one, and allocates ${larger} times as much, with neither a`,
    `network nor TLS in between. Whoever closes first keeps the socket in TIME_WAIT for a minute: a server pays for that with memory, a client with`,
    `its ports, of which Linux has 28 232, so that it comes to a halt at some 470 new connections a second to one server.`,
  ].join('\n');
}

function span(factors: readonly number[]): string {
  if (factors.some(Number.isNaN)) return 'several';
  const [least, most] = [Math.min(...factors).toFixed(1), Math.max(...factors).toFixed(1)];
  return least === most ? least : `${least} to ${most}`;
}

function formatTime(ms: number): string {
  return `${(ms * 1_000).toFixed(0)} µs`;
}

function formatBytes(bytes: number): string {
  return Number.isNaN(bytes) ? 'not told' : `${(bytes / 1_024).toFixed(1)} KiB`;
}

function formatTimeWait(counts: TimeWait | undefined): string {
  if (counts === undefined) return 'not told here (it is read from Linux’s /proc/net/tcp)';
  if (counts.client + counts.server === 0) return 'none';
  return `${formatCount(counts.client)} at the client, ${formatCount(counts.server)} at the server`;
}
