import { SIZES } from './answers.ts';
import { cpuBar, judge, throughputBar, type Verdict } from './bars.ts';
import type { ClientName } from './client-list.ts';
import { barCells, decimal, mebibytes, percent, range, ratio } from './figures.ts';
import type { Measured, Window } from './measure.ts';
import { medianRatio, spreadOf } from './statistics.ts';
import type { Table } from './table.ts';
import type { Result } from './result.ts';
import { WORKS, type Work, type WorkName } from './works.ts';

/** What a work is judged by. */
type Measure = 'cpu' | 'throughput';

const CPU_HEADINGS = ['CPU µs/request', 'min–max', '× floor', 'transport ÷ it', 'bar', ''] as const;
const THROUGHPUT_HEADINGS = ['MB/s', 'min–max', 'CPU s/GB', 'transport ÷ it', 'bar', ''] as const;

/** What came out of a work, as a table and as verdicts. */
export function exchangeResult(name: WorkName, measured: readonly Measured[]): Result {
  const work: Work = WORKS[name];
  const measure: Measure = work.exchange === 'download' ? 'throughput' : 'cpu';
  const rows = measured.map((each) => rowOf(name, each, measured));
  return {
    table: {
      title: work.title,
      headings: ['client', ...(measure === 'cpu' ? CPU_HEADINGS : THROUGHPUT_HEADINGS), speedHeading(work), 'server busy', 'peak RSS, MiB'],
      rows: rows.map(({ cells }) => cells),
    } satisfies Table,
    verdicts: rows.flatMap(({ verdict }) => verdict ?? []),
  };
}

interface Row {
  readonly cells: readonly string[];
  readonly verdict: Verdict | undefined;
}

function rowOf(name: WorkName, each: Measured, all: readonly Measured[]): Row {
  const work: Work = WORKS[name];
  const verdict = verdictOf(name, each.client, all);
  return {
    cells: [
      each.client,
      ...(work.exchange === 'download' ? throughputCells(work, each) : cpuCells(each, all)),
      ratio(ratioOfTransport(work, each.client, all)),
      ...barCells(verdict),
      speedOf(work, each.windows),
      percent(spreadOf(each.windows.map(({ serverBusy }) => serverBusy)).median),
      mebibytes(Math.max(...each.windows.map(({ peakRssBytes }) => peakRssBytes))),
    ],
    verdict,
  };
}

function cpuCells({ client, windows }: Measured, all: readonly Measured[]): readonly string[] {
  const cpu = spreadOf(windows.map(cpuMicros));
  const floor = windowsOf('floor', all)?.map(cpuMicros);
  const timesFloor = floor === undefined || client === 'floor' ? undefined : medianRatio(windows.map(cpuMicros), floor);
  return [decimal(cpu.median), range(cpu), ratio(timesFloor)];
}

function throughputCells(work: Work, { windows }: Measured): readonly string[] {
  const speed = spreadOf(windows.map((window) => megabytesPerSecond(work, window)));
  const perGigabyte = spreadOf(windows.map((window) => (cpuMicros(window) * 1_000) / SIZES[work.size])).median;
  return [decimal(speed.median, 0), range(speed, 0), ratio(perGigabyte)];
}

function verdictOf(name: WorkName, client: ClientName, all: readonly Measured[]): Verdict | undefined {
  const work: Work = WORKS[name];
  const found = ratioOfTransport(work, client, all);
  const bar = work.exchange === 'download' ? throughputBar(client) : cpuBar(name, client);
  return found === undefined || bar === undefined ? undefined : { title: `${work.title}, against ${client}`, ...judge(bar, found) };
}

/** The Transport's figure by this client's: CPU time, or bytes a second. Undefined for the Transport itself, and where it was not measured. */
function ratioOfTransport(work: Work, client: ClientName, all: readonly Measured[]): number | undefined {
  const transport = windowsOf('transport', all);
  const other = windowsOf(client, all);
  if (client === 'transport' || transport === undefined || other === undefined) return undefined;
  const figure = work.exchange === 'download' ? (window: Window) => megabytesPerSecond(work, window) : cpuMicros;
  return medianRatio(transport.map(figure), other.map(figure));
}

function windowsOf(client: ClientName, all: readonly Measured[]): readonly Window[] | undefined {
  return all.find((each) => each.client === client)?.windows;
}

/** A heading for what is beside the figure that is judged. */
function speedHeading({ exchange }: Work): string {
  return exchange === 'upload' ? 'MB/s' : 'requests/s';
}

function speedOf(work: Work, windows: readonly Window[]): string {
  const figure = work.exchange === 'upload' ? (window: Window) => megabytesPerSecond(work, window) : perSecond;
  const { median } = spreadOf(windows.map(figure));
  return median < 10 ? decimal(median) : decimal(median, 0);
}

function cpuMicros({ cpuMicros: micros, requests }: Window): number {
  return micros / requests;
}

function perSecond({ requests, wallMs }: Window): number {
  return requests / (wallMs / 1_000);
}

function megabytesPerSecond({ size }: Work, window: Window): number {
  return (perSecond(window) * SIZES[size]) / 1_000_000;
}
