import { SIZES } from './answers.ts';
import { cpuBar, judge, throughputBar, type Verdict } from './bars.ts';
import type { ClientName } from './client-names.ts';
import { barCells, decimal, mebibytes, microsEach, percent, range, ratio } from './figures.ts';
import type { Measured, Window } from './turns.ts';
import { medianRatio, spreadOf } from './statistics.ts';
import type { Table } from './table.ts';
import type { Result } from './result.ts';
import { WORKS, type Work, type WorkName } from './works.ts';

/** What a work is judged by. */
type Measure = 'cpu' | 'throughput';

const THROUGHPUT_HEADINGS = ['MB/s', 'min–max', 'CPU s/GB'] as const;

/** What came out of a work, as a table and as verdicts. */
export function exchangeResult(name: WorkName, measured: readonly Measured[]): Result {
  const work: Work = WORKS[name];
  const measure: Measure = work.exchange === 'download' ? 'throughput' : 'cpu';
  const rows = measured.map((each) => rowOf(name, each, measured));
  return {
    table: {
      title: work.title,
      headings: [
        'client',
        ...(measure === 'cpu' ? ['CPU µs/request', 'min–max', `× ${yardstickOf(work)}`] : THROUGHPUT_HEADINGS),
        'transport ÷ it',
        'bar',
        '',
        speedHeading(work),
        'server busy',
        'peak RSS, MiB',
        'KiB to collect',
      ],
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
      ...(work.exchange === 'download' ? throughputCells(work, each) : cpuCells(each, yardstickOf(work), all)),
      ratio(ratioOfTransport(work, each.client, all)),
      ...barCells(verdict),
      speedOf(work, each.windows),
      percent(spreadOf(each.windows.map(({ serverBusy }) => serverBusy)).median),
      peakRss(each.windows),
      toCollect(each.windows),
    ],
    verdict,
  };
}

/** What is no client, and measured beside them: what the work costs without an API. */
function yardstickOf({ protocol }: Work): ClientName {
  return protocol === 'h2' ? 'h2load' : 'floor';
}

function cpuCells({ client, windows }: Measured, yardstick: ClientName, all: readonly Measured[]): readonly string[] {
  const cpu = spreadOf(windows.map(microsEach));
  const base = windowsOf(yardstick, all)?.map(microsEach);
  const times = base === undefined || client === yardstick ? undefined : medianRatio(windows.map(microsEach), base);
  return [decimal(cpu.median), range(cpu), ratio(times)];
}

/** `–` where it is not known. */
function peakRss(windows: readonly Window[]): string {
  const bytes = Math.max(...windows.map(({ peakRssBytes }) => peakRssBytes));
  return bytes === 0 ? '–' : mebibytes(bytes);
}

/** What a request leaves on the heap; `–` where it is not known. */
function toCollect(windows: readonly Window[]): string {
  const figures = windows.flatMap(({ allocatedBytes, requests }) =>
    allocatedBytes === undefined ? [] : [allocatedBytes / requests / 1_024],
  );
  return figures.length === 0 ? '–' : decimal(spreadOf(figures).median);
}

function throughputCells(work: Work, { windows }: Measured): readonly string[] {
  const speed = spreadOf(windows.map((window) => megabytesPerSecond(work, window)));
  const perGigabyte = spreadOf(windows.map((window) => (microsEach(window) * 1_000) / SIZES[work.size])).median;
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
  const figure = work.exchange === 'download' ? (window: Window) => megabytesPerSecond(work, window) : microsEach;
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

function perSecond({ requests, wallMs }: Window): number {
  return requests / (wallMs / 1_000);
}

function megabytesPerSecond({ size }: Work, window: Window): number {
  return (perSecond(window) * SIZES[size]) / 1_000_000;
}
