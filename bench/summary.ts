import type { SizeName } from './answers.ts';
import type { ClientName } from './client-list.ts';
import type { Measured } from './measure.ts';
import type { Sample } from './messages.ts';
import { medianRatio, spreadOf, type Spread } from './statistics.ts';

/** The windows of several launches as those of one, client by client. */
export function pooled(launches: readonly (readonly Measured[])[]): readonly Measured[] {
  const [first = []] = launches;
  return first.map(({ client }) => ({
    client,
    samples: launches.flatMap((launch) => launch.find((each) => each.client === client)?.samples ?? []),
  }));
}

/** What came out for one client. */
export interface Row {
  readonly client: ClientName;
  readonly cpuMicrosPerRequest: Spread;
  /** CPU time against that of `floor` and of `transport`; undefined where those were not measured. */
  readonly timesFloor: number | undefined;
  readonly timesTransport: number | undefined;
  readonly requestsPerSecond: Spread;
  readonly peakRssBytes: number;
}

export interface SizeResult {
  readonly size: SizeName;
  readonly rows: readonly Row[];
}

export function summarise(size: SizeName, measured: readonly Measured[]): SizeResult {
  return {
    size,
    rows: measured.map(({ client, samples }) => {
      const cpu = samples.map(cpuPerRequest);
      return {
        client,
        cpuMicrosPerRequest: spreadOf(cpu),
        timesFloor: against('floor', cpu, measured),
        timesTransport: against('transport', cpu, measured),
        requestsPerSecond: spreadOf(samples.map(({ requests, wallMs }) => requests / (wallMs / 1_000))),
        peakRssBytes: Math.max(...samples.map(({ peakRssBytes }) => peakRssBytes)),
      };
    }),
  };
}

function against(base: ClientName, cpu: readonly number[], measured: readonly Measured[]): number | undefined {
  const found = measured.find(({ client }) => client === base);
  return found === undefined ? undefined : medianRatio(cpu, found.samples.map(cpuPerRequest));
}

function cpuPerRequest({ cpuMicros, requests }: Sample): number {
  return cpuMicros / requests;
}
