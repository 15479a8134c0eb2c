import { describe, expect, test } from 'vitest';

import { prometheusText } from './prometheus-text.ts';
import { reuseMeter } from './reuse-meter.ts';
import type { Distribution, ReuseReport, RouteCounts } from './reuse-report.ts';

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly Sample[];
}

type OpenFamily = { -readonly [Part in keyof Family]: Family[Part] } & { readonly samples: Sample[] };

/** The text format of Prometheus, by its description and not by what is written here: throws at whatever is not in it. */
function parse(text: string): readonly Family[] {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end');
  const families: OpenFamily[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    const [, name = '', help] = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line) ?? [];
    if (help === undefined) addLine(families.at(-1), line);
    else {
      if (families.some((other) => other.name === name)) throw new Error(`${name} comes twice`);
      if (/\\(?![\\n])/.test(help)) throw new Error(`a backslash that escapes nothing: ${help}`);
      families.push({ name, help, type: '', samples: [] });
    }
  }
  return families;
}

/** The type first, and only samples of the family after it. */
function addLine(family: OpenFamily | undefined, line: string): void {
  if (family === undefined) throw new Error(`no HELP before ${line}`);
  if (family.type === '') {
    const [, name, type = ''] = /^# TYPE (\S+) (counter|gauge|histogram|summary|untyped)$/.exec(line) ?? [];
    if (name !== family.name) throw new Error(`not the type of ${family.name}: ${line}`);
    family.type = type;
    return;
  }
  const sample = parseSample(line);
  const base = family.type === 'histogram' ? sample.name.replace(/_(bucket|sum|count)$/, '') : sample.name;
  if (base !== family.name) throw new Error(`${sample.name} is out of place`);
  family.samples.push(sample);
}

function parseSample(line: string): Sample {
  const head = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\{/.exec(line);
  if (head === null) throw new Error(`not a sample: ${line}`);
  const labels: Record<string, string> = {};
  let rest = line.slice(head[0].length);
  for (;;) {
    const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|\})/.exec(rest);
    if (label === null) throw new Error(`not a label: ${rest}`);
    const [whole, name = '', value = '', end] = label;
    if (name in labels) throw new Error(`label ${name} comes twice`);
    labels[name] = value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(whole.length);
    if (end === '}') break;
  }
  const value = /^ ([+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)$/.exec(rest)?.[1];
  if (value === undefined) throw new Error(`not a value: ${rest}`);
  return { name: head[1] ?? '', labels, value: Number(value.replace('Inf', 'Infinity')) };
}

const keyOf = ({ name, labels }: Sample): string =>
  JSON.stringify([
    name,
    Object.keys(labels)
      .toSorted()
      .map((label) => [label, labels[label]]),
  ]);

/** What a server of Prometheus would not notice, and its users would. */
function checkFamily({ name, type, help, samples }: Family): void {
  expect(help).toMatch(/^[A-Z].*\.$/);
  expect(new Set(samples.map(keyOf)).size).toBe(samples.length);
  expect(name.endsWith('_total')).toBe(type === 'counter');
  if (type !== 'histogram') {
    for (const { value } of samples) expect(value).toBeGreaterThanOrEqual(0);
    return;
  }
  for (const count of samples.filter((sample) => sample.name.endsWith('_count'))) checkHistogram(name, count, samples);
}

function checkHistogram(name: string, { labels, value: count }: Sample, samples: readonly Sample[]): void {
  const isOfIt = (sample: Sample): boolean => {
    const { le: _, ...others } = sample.labels;
    return keyOf({ name, labels: others, value: 0 }) === keyOf({ name, labels, value: 0 });
  };
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket` && isOfIt(sample));
  const bounds = buckets.map(({ labels: { le } }) => Number(le?.replace('Inf', 'Infinity')));
  expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
  expect(bounds.at(-1)).toBe(Infinity);
  const counts = buckets.map(({ value }) => value);
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  expect(counts.at(-1)).toBe(count);
  expect(samples.filter((sample) => sample.name === `${name}_sum` && isOfIt(sample))).toHaveLength(1);
}

const quiet: ReuseReport = reuseMeter().report();

function of(values: readonly number[], bounds: readonly number[]): Distribution {
  const counts = [...bounds, Infinity].map(
    (bound, at) => values.filter((value) => value <= bound && value > (bounds[at - 1] ?? -Infinity)).length,
  );
  const sum = values.reduce((total, value) => total + value, 0);
  return { count: values.length, sum, mean: values.length === 0 ? 0 : sum / values.length, max: Math.max(0, ...values), bounds, counts };
}

function route(origin: string, counts: Partial<RouteCounts> = {}): RouteCounts {
  const { routes: _, warnings: __, ...nothing } = quiet;
  return { ...nothing, origin, ...counts };
}

const routes = [
  route('https://a.example:8443', {
    requests: 7,
    failed: 1,
    exchanges: 10,
    reused: 6,
    handedOver: 2,
    resends: 3,
    dials: 5,
    dialing: 1,
    dialsFailed: 1,
    dialsDonated: { toRequest: 1, toPool: 2 },
    connectionsOpened: 4,
    connectionsFound: 1,
    connectionsClosed: 2,
    connectionsOpen: 3,
    connectionsIdle: 2,
    closedUnused: 1,
    waiting: 9,
    closeReasons: { 'idle-timeout': 1, 'http-1.0': 1 },
    idleTime: of([5, 20, 1_500, 99_999], [10, 1_000, 90_000]),
    waitTime: { 'room': of([5], [10]), 'own-dial': of([20, 30], [10]) },
    lifetime: of([2_500, 60_000], [1_000, 60_000]),
    exchangesPerConnection: of([0, 3], [0, 1, 10]),
  }),
  route('https://a.example:8443', { proxy: 'http://proxy.example:3128', connectionsOpened: 1 }),
  route('others'),
];

const samplesOf = (text: string, name: string): readonly Sample[] =>
  parse(text).flatMap(({ samples }) => samples.filter((sample) => sample.name === name));

function valueOf(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const wanted = keyOf({ name, labels: { origin: 'https://a.example:8443', ...labels }, value: 0 });
  return samplesOf(text, name).find((sample) => keyOf(sample) === wanted)?.value;
}

describe('of routes', () => {
  const text = prometheusText({ ...quiet, routes });

  test('it is what the format says, each metric once, with its help and its type', () => {
    const families = parse(text);
    expect(families.map(({ name }) => name)).toContain('roundtripper_wait_seconds');
    for (const family of families) checkFamily(family);
  });

  test.for<{ name: string; labels?: Readonly<Record<string, string>>; value: number }>([
    { name: 'requests_total', value: 7 },
    { name: 'request_failures_total', value: 1 },
    { name: 'resends_total', value: 3 },
    { name: 'exchanges_total', labels: { reused: 'true' }, value: 6 },
    { name: 'exchanges_total', labels: { reused: 'false' }, value: 4 },
    { name: 'hand_overs_total', value: 2 },
    { name: 'dials_total', value: 5 },
    { name: 'dial_failures_total', value: 1 },
    { name: 'dials_donated_total', labels: { to: 'request' }, value: 1 },
    { name: 'dials_donated_total', labels: { to: 'pool' }, value: 2 },
    { name: 'connections_opened_total', value: 4 },
    { name: 'connections_opened_total', labels: { proxy: 'http://proxy.example:3128' }, value: 1 },
    { name: 'connections_found_total', value: 1 },
    { name: 'connections_closed_total', labels: { reason: 'idle-timeout' }, value: 1 },
    { name: 'connections_closed_total', labels: { reason: 'http-1.0' }, value: 1 },
    { name: 'connections_unused_total', value: 1 },
    { name: 'connections', labels: { state: 'idle' }, value: 2 },
    { name: 'connections', labels: { state: 'active' }, value: 1 },
    { name: 'connections', labels: { state: 'dialing' }, value: 1 },
    { name: 'waiting_requests', value: 9 },
  ])('$name $labels is $value', ({ name, labels, value }) => expect(valueOf(text, `roundtripper_${name}`, labels)).toBe(value));

  test('a bucket counts all that are no larger, and times are in seconds', () => {
    const name = 'roundtripper_connection_idle_seconds';
    expect(['0.01', '1', '90', '+Inf'].map((le) => valueOf(text, `${name}_bucket`, { le }))).toEqual([1, 2, 3, 4]);
    expect(valueOf(text, `${name}_sum`)).toBeCloseTo(101.524);
    expect(valueOf(text, `${name}_count`)).toBe(4);
  });

  test('what is counted and has no unit stays as it is', () => {
    const name = 'roundtripper_connection_exchanges';
    expect(['0', '1', '10', '+Inf'].map((le) => valueOf(text, `${name}_bucket`, { le }))).toEqual([1, 1, 2, 2]);
    expect(valueOf(text, `${name}_sum`)).toBe(3);
  });

  test('waits are told apart by what for', () => {
    const name = 'roundtripper_wait_seconds_count';
    expect(valueOf(text, name, { for: 'room' })).toBe(1);
    expect(valueOf(text, name, { for: 'own-dial' })).toBe(2);
  });
});

test('of nothing it is nothing', () => expect(prometheusText(quiet)).toBe(''));

test('what a label may not hold as it is, is escaped', () => {
  const odd = 'back\\slash "quote"\nline \\n é 漢';
  const text = prometheusText({ ...quiet, routes: [route(odd)] }, { labels: { client: odd } });
  expect(
    parse(text)
      .flatMap(({ samples }) => samples.flatMap(({ labels }) => [labels['origin'], labels['client']]))
      .every((value) => value === odd),
  ).toBe(true);
});

test('large and small numbers can be read', () => {
  const text = prometheusText({ ...quiet, routes: [route('a', { requests: 1e21, idleTime: of([1e-7], [1e-6]) })] });
  for (const family of parse(text)) checkFamily(family);
  expect(samplesOf(text, 'roundtripper_requests_total')[0]?.value).toBe(1e21);
});

test.for(['le', 'origin', 'reason', '__name__', '1st', 'with-dash', ''])('a label cannot be named %o', (name) => {
  expect(() => prometheusText(quiet, { labels: { [name]: 'x' } })).toThrow(TypeError);
});

test('the parser of this test refuses what is not the format', () => {
  const head = '# HELP a_total A.\n# TYPE a_total counter\n';
  expect(parse(`${head}a_total{x="1"} 1\n`)).toHaveLength(1);
  for (const broken of [
    'a_total{x="1"} 1',
    'a_total{x="1"} one\n',
    'a_total{x="a"b"} 1\n',
    'a_total{x="\\t"} 1\n',
    'b_total{x="1"} 1\n',
    head,
    'a_total 1\n',
    '# TYPE a_total gauge\n',
  ]) {
    expect(() => parse(`${head}${broken}`)).toThrow(Error);
  }
});
