import { idleBar, judge, SLOW_MAX_BYTES, type Bar, type Verdict } from './bars.ts';
import type { ClientName } from './client-names.ts';
import { barCells, decimal, mark, mebibytes, MIB, range, ratio } from './figures.ts';
import type { MeasuredIdle, MeasuredSlow } from './measure-memory.ts';
import type { Result } from './result.ts';
import { medianRatio, spreadOf } from './statistics.ts';

/** What so many of something take, at one client. */
export interface Taken {
  readonly client: ClientName;
  readonly count: number;
  /** Resident before they were there, and with them: once for each process. */
  readonly looks: readonly { readonly beforeBytes: number; readonly heldBytes: number }[];
}

/** How a table of {@link Taken} is called, and judged. */
export interface TakenTable {
  readonly title: string;
  /** What one of them is called. */
  readonly each: string;
  readonly barFor: (client: ClientName) => Bar | undefined;
}

export function idleResult(measured: readonly MeasuredIdle[], isTls: boolean): Result {
  const connections = measured[0]?.connections ?? 0;
  return takenResult(
    measured.map(({ client, connections: count, beforeBytes, idleBytes }) => ({
      client,
      count,
      looks: [{ beforeBytes, heldBytes: idleBytes }],
    })),
    { title: `${connections} idle connections${isTls ? ' over TLS' : ''}`, each: 'connection', barFor: idleBar },
  );
}

/** What one takes at each client, and at the Transport against it. */
export function takenResult(measured: readonly Taken[], { title, each: one, barFor }: TakenTable): Result {
  const isRepeated = measured.some(({ looks }) => looks.length > 1);
  const rows = measured.map((row) => {
    const found = row.client === 'transport' ? undefined : ratioOfTransport(row, measured);
    const verdict = verdictOf(`${title}, against ${row.client}`, found, barFor(row.client));
    const each = spreadOf(kibibytesEach(row));
    const cells = [
      row.client,
      decimal(each.median),
      ...(isRepeated ? [range(each)] : []),
      ratio(found),
      ...barCells(verdict),
      mebibytes(median(row.looks.map(({ beforeBytes }) => beforeBytes))),
      mebibytes(median(row.looks.map(({ heldBytes }) => heldBytes))),
    ];
    return { cells, verdict };
  });
  return {
    table: {
      title,
      headings: [
        'client',
        `KiB/${one}`,
        ...(isRepeated ? ['min–max'] : []),
        'transport ÷ it',
        'bar',
        '',
        'RSS before, MiB',
        'RSS with them, MiB',
      ],
      rows: rows.map(({ cells }) => cells),
    },
    verdicts: rows.flatMap(({ verdict }) => verdict ?? []),
  };
}

export function slowResult(measured: readonly MeasuredSlow[]): Result {
  const title = 'GET, 1 GiB taken slowly';
  const bar = `≤ ${mebibytes(SLOW_MAX_BYTES)}`;
  const isMet = (grownBytes: number): boolean => grownBytes <= SLOW_MAX_BYTES;
  return {
    table: {
      title,
      headings: ['client', 'RSS grown by, MiB', 'bar', '', 'read, MiB'],
      rows: measured.map(({ client, grownBytes, readBytes }) => [
        client,
        mebibytes(grownBytes, 1),
        ...(client === 'transport' ? [bar, mark(isMet(grownBytes))] : ['–', '']),
        mebibytes(readBytes),
      ]),
    },
    verdicts: measured
      .filter(({ client }) => client === 'transport')
      .map(({ grownBytes }) => ({ title: `${title}: MiB grown`, bar, found: grownBytes / MIB, isMet: isMet(grownBytes) })),
  };
}

function verdictOf(title: string, found: number | undefined, bar: Bar | undefined): Verdict | undefined {
  return found === undefined || bar === undefined ? undefined : { title, ...judge(bar, found) };
}

function ratioOfTransport(other: Taken, measured: readonly Taken[]): number | undefined {
  const transport = measured.find(({ client }) => client === 'transport');
  return transport === undefined ? undefined : medianRatio(kibibytesEach(transport), kibibytesEach(other));
}

function kibibytesEach({ looks, count }: Taken): readonly number[] {
  return looks.map(({ beforeBytes, heldBytes }) => (heldBytes - beforeBytes) / count / 1_024);
}

function median(values: readonly number[]): number {
  return spreadOf(values).median;
}
