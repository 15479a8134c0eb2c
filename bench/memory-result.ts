import { idleBar, judge, SLOW_MAX_BYTES } from './bars.ts';
import type { ClientName } from './client-list.ts';
import { barCells, decimal, mark, mebibytes, MIB, ratio } from './figures.ts';
import type { MeasuredIdle, MeasuredSlow } from './measure-memory.ts';
import type { Result } from './result.ts';

export function idleResult(measured: readonly MeasuredIdle[], isTls: boolean): Result {
  const connections = measured[0]?.connections ?? 0;
  const title = `${connections} idle connections${isTls ? ' over TLS' : ''}`;
  const rows = measured.map((each) => {
    const found = each.client === 'transport' ? undefined : ratioOfTransport(each.client, measured);
    const bar = idleBar(each.client);
    const verdict =
      found === undefined || bar === undefined ? undefined : { title: `${title}, against ${each.client}`, ...judge(bar, found) };
    const cells = [
      each.client,
      decimal(bytesEach(each) / 1_024),
      ratio(found),
      ...barCells(verdict),
      mebibytes(each.beforeBytes),
      mebibytes(each.idleBytes),
    ];
    return { cells, verdict };
  });
  return {
    table: {
      title,
      headings: ['client', 'KiB/connection', 'transport ÷ it', 'bar', '', 'RSS before, MiB', 'RSS with them, MiB'],
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

function ratioOfTransport(client: ClientName, measured: readonly MeasuredIdle[]): number | undefined {
  const transport = measured.find((each) => each.client === 'transport');
  const other = measured.find((each) => each.client === client);
  return transport === undefined || other === undefined ? undefined : bytesEach(transport) / bytesEach(other);
}

function bytesEach({ beforeBytes, idleBytes, connections }: MeasuredIdle): number {
  return (idleBytes - beforeBytes) / connections;
}
