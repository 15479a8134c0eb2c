import type { Distribution, ReuseReport, RouteCounts } from './reuse-report.ts';

/** What is said besides. */
export interface PrometheusOptions {
  /** Added to every sample, to tell several meters apart: `{ client: 'billing' }`. Names as in `[a-zA-Z_][a-zA-Z0-9_]*`, but for `le`, those that begin with `__` and those that the samples have themselves. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/**
 * The report in the text format of Prometheus (0.0.4): serve it as `text/plain; version=0.0.4; charset=utf-8`. Each route is a set of samples with the labels
 * `origin` and, where there is one, `proxy`, 80 and more of them: `maxRoutes` bounds them. Whoever wants the sum over all routes adds them up. Times are in seconds.
 * @throws TypeError when a label has a name that it may not have.
 */
export function prometheusText(report: ReuseReport, { labels = {} }: PrometheusOptions = {}): string {
  const wrong = Object.keys(labels).find((name) => !isLabelName(name));
  if (wrong !== undefined) throw new TypeError(`labels: ${JSON.stringify(wrong)} cannot be the name of a label`);
  const extra = Object.entries(labels);
  return METRICS.map((metric) => {
    const samples = report.routes.flatMap((route) => samplesOf(metric, route, [...labelsOf(route), ...extra]));
    if (samples.length === 0) return '';
    const name = `${PREFIX}${metric.name}`;
    return `# HELP ${name} ${metric.help}\n# TYPE ${name} ${metric.type}\n${samples.join('\n')}\n`;
  }).join('');
}

type Label = readonly [name: string, value: string];

/** A number, or a distribution, and what tells it from the others of its metric. */
interface Sample<Value> {
  readonly labels?: readonly Label[];
  readonly value: Value;
}

type Metric =
  | {
      readonly type: 'counter' | 'gauge';
      readonly name: string;
      readonly help: string;
      readonly of: (route: RouteCounts) => readonly Sample<number>[];
    }
  | {
      readonly type: 'histogram';
      readonly name: string;
      readonly help: string;
      /** What a value is divided by. */
      readonly unit: number;
      readonly of: (route: RouteCounts) => readonly Sample<Distribution>[];
    };

const PREFIX = 'roundtripper_';
const SECONDS = 1_000;

const METRICS: readonly Metric[] = [
  { type: 'counter', name: 'requests_total', help: 'Requests that looked for a connection.', of: ({ requests }) => [{ value: requests }] },
  {
    type: 'counter',
    name: 'request_failures_total',
    help: 'Requests that ended without an answer.',
    of: ({ failed }) => [{ value: failed }],
  },
  {
    type: 'counter',
    name: 'resends_total',
    help: 'Requests that the Transport sent again: their connection was stale, or the server had not looked at them.',
    of: ({ resends }) => [{ value: resends }],
  },
  {
    type: 'counter',
    name: 'exchanges_total',
    help: 'Connections given to requests, by whether they had carried an exchange before.',
    of: ({ exchanges, reused }) => [
      { labels: [['reused', 'true']], value: reused },
      { labels: [['reused', 'false']], value: exchanges - reused },
    ],
  },
  {
    type: 'counter',
    name: 'hand_overs_total',
    help: 'Used connections handed over by the request before, without having been idle.',
    of: ({ handedOver }) => [{ value: handedOver }],
  },
  { type: 'counter', name: 'dials_total', help: 'Dials begun by requests.', of: ({ dials }) => [{ value: dials }] },
  {
    type: 'counter',
    name: 'dial_failures_total',
    help: 'Dials that ended without a connection.',
    of: ({ dialsFailed }) => [{ value: dialsFailed }],
  },
  {
    type: 'counter',
    name: 'dials_donated_total',
    help: 'Dials whose connection went to another than the request that had begun them.',
    of: ({ dialsDonated: { toRequest, toPool } }) => [
      { labels: [['to', 'request']], value: toRequest },
      { labels: [['to', 'pool']], value: toPool },
    ],
  },
  {
    type: 'counter',
    name: 'connections_opened_total',
    help: 'Connections opened.',
    of: ({ connectionsOpened }) => [{ value: connectionsOpened }],
  },
  {
    type: 'counter',
    name: 'connections_found_total',
    help: 'Connections that were there before they were heard of.',
    of: ({ connectionsFound }) => [{ value: connectionsFound }],
  },
  {
    type: 'counter',
    name: 'connections_closed_total',
    help: 'Connections closed, by reason.',
    of: ({ closeReasons }) => Object.entries(closeReasons).map(([reason, value]) => ({ labels: [['reason', reason]], value })),
  },
  {
    type: 'counter',
    name: 'connections_unused_total',
    help: 'Connections closed without having carried an exchange.',
    of: ({ closedUnused }) => [{ value: closedUnused }],
  },
  {
    type: 'gauge',
    name: 'connections',
    help: 'Connections open now.',
    of: ({ connectionsOpen, connectionsIdle, dialing }) => [
      { labels: [['state', 'idle']], value: connectionsIdle },
      { labels: [['state', 'active']], value: connectionsOpen - connectionsIdle },
      { labels: [['state', 'dialing']], value: dialing },
    ],
  },
  { type: 'gauge', name: 'waiting_requests', help: 'Requests that wait for a connection now.', of: ({ waiting }) => [{ value: waiting }] },
  {
    type: 'histogram',
    name: 'wait_seconds',
    help: 'How long requests waited for a connection, by what for.',
    unit: SECONDS,
    of: ({ waitTime }) => Object.entries(waitTime).map(([waitsFor, value]) => ({ labels: [['for', waitsFor]], value })),
  },
  {
    type: 'histogram',
    name: 'connection_idle_seconds',
    help: 'How long connections had been idle when they were used again.',
    unit: SECONDS,
    of: ({ idleTime }) => [{ value: idleTime }],
  },
  {
    type: 'histogram',
    name: 'connection_lifetime_seconds',
    help: 'How long closed connections had been open.',
    unit: SECONDS,
    of: ({ lifetime }) => [{ value: lifetime }],
  },
  {
    type: 'histogram',
    name: 'connection_exchanges',
    help: 'How many exchanges closed connections had carried.',
    unit: 1,
    of: ({ exchangesPerConnection }) => [{ value: exchangesPerConnection }],
  },
];

function labelsOf({ origin, proxy }: RouteCounts): readonly Label[] {
  return proxy === undefined
    ? [['origin', origin]]
    : [
        ['origin', origin],
        ['proxy', proxy],
      ];
}

function samplesOf(metric: Metric, route: RouteCounts, common: readonly Label[]): readonly string[] {
  const name = `${PREFIX}${metric.name}`;
  if (metric.type !== 'histogram') return metric.of(route).map(({ labels = [], value }) => sample(name, [...common, ...labels], value));
  return metric.of(route).flatMap(({ labels = [], value }) => histogram(name, [...common, ...labels], { ...value, unit: metric.unit }));
}

/** Cumulative, as the format has it: a bucket counts all that are no larger than its `le`. */
function histogram(
  name: string,
  labels: readonly Label[],
  { bounds, counts, sum, count, unit }: Distribution & { readonly unit: number },
): readonly string[] {
  let upTo = 0;
  const buckets = bounds.map((bound, at) => {
    upTo += counts[at] ?? 0;
    return sample(`${name}_bucket`, [...labels, ['le', String(bound / unit)]], upTo);
  });
  return [
    ...buckets,
    sample(`${name}_bucket`, [...labels, ['le', '+Inf']], count),
    sample(`${name}_sum`, labels, sum / unit),
    sample(`${name}_count`, labels, count),
  ];
}

function sample(name: string, labels: readonly Label[], value: number): string {
  return `${name}{${labels.map(([label, text]) => `${label}="${escaped(text)}"`).join(',')}} ${value}`;
}

/** As the format asks for in the value of a label. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);
}

const OWN_LABELS: ReadonlySet<string> = new Set(['le', 'origin', 'proxy', 'reused', 'to', 'reason', 'state', 'for']);

function isLabelName(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) && !name.startsWith('__') && !OWN_LABELS.has(name);
}
