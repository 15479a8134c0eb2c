import { OUTCOME, type ClientReport } from './outcome.ts';
import { plannedRequest, type Scenario } from './plan.ts';

/** What the server's process prints at its end: a byte for each request, in base 64. */
export interface Journal {
  /** How often its head came. */
  readonly seen: string;
  /** How often it came as a whole and had its effect. */
  readonly executed: string;
}

/** The client's word held against the server's. */
export interface Verdict {
  readonly gets: number;
  readonly posts: number;
  /** What must not be. POSTs that had their effect more than once. */
  readonly duplicates: number;
  /** Answered, the client says; the server never did it. */
  readonly phantoms: number;
  /** The client says that nothing of it was sent, and the server has seen it. */
  readonly denied: number;
  /** Another's answer or a part of one, taken for the whole. */
  readonly wrong: number;
  readonly unsettled: number;
  /** What the caller sees, and may not be avoidable. */
  readonly failedGets: number;
  readonly failedPosts: number;
  /** Of the failed POSTs, those that the caller may safely repeat, being told so. */
  readonly unsentPosts: number;
  readonly refused: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly elapsedMs: number;
}

export function judge(seed: number, requests: number, journal: Journal, report: ClientReport): Verdict {
  const [seen, executed, outcomes] = [journal.seen, journal.executed, report.outcomes].map((text) => Buffer.from(text, 'base64'));
  const count = (isSo: (facts: Facts) => boolean): number => {
    let total = 0;
    for (let id = 0; id < requests; id++) {
      const { method } = plannedRequest(seed, id);
      const facts = { method, seen: seen?.[id] ?? 0, executed: executed?.[id] ?? 0, outcome: outcomes?.[id] ?? OUTCOME.unsettled };
      if (isSo(facts)) total += 1;
    }
    return total;
  };
  return {
    gets: count(({ method }) => method === 'GET'),
    posts: count(({ method }) => method === 'POST'),
    duplicates: count((facts) => facts.method === 'POST' && facts.executed > 1),
    phantoms: count((facts) => facts.outcome === OUTCOME.answered && facts.executed === 0),
    denied: count((facts) => facts.outcome === OUTCOME.failedUnsent && facts.seen > 0),
    wrong: count((facts) => facts.outcome === OUTCOME.wrong),
    unsettled: count((facts) => facts.outcome === OUTCOME.unsettled),
    failedGets: count((facts) => facts.method === 'GET' && hasFailed(facts)),
    failedPosts: count((facts) => facts.method === 'POST' && hasFailed(facts)),
    unsentPosts: count((facts) => facts.method === 'POST' && facts.outcome === OUTCOME.failedUnsent),
    refused: count((facts) => facts.outcome === OUTCOME.refused),
    errors: report.errors,
    elapsedMs: report.elapsedMs,
  };
}

interface Facts {
  readonly method: 'GET' | 'POST';
  readonly seen: number;
  readonly executed: number;
  readonly outcome: number;
}

function hasFailed({ outcome }: Facts): boolean {
  return outcome === OUTCOME.failed || outcome === OUTCOME.failedUnsent;
}

/** Two trials of one client as one. */
export function together(one: Verdict, other: Verdict): Verdict {
  const errors: Record<string, number> = { ...one.errors };
  for (const [code, times] of Object.entries(other.errors)) errors[code] = (errors[code] ?? 0) + times;
  const sum: Record<Figure, number> = { ...one };
  for (const figure of FIGURES) sum[figure] += other[figure];
  return { ...sum, errors };
}

type Figure = Exclude<keyof Verdict, 'errors'>;

const FIGURES: readonly Figure[] = [
  'gets',
  'posts',
  'duplicates',
  'phantoms',
  'denied',
  'wrong',
  'unsettled',
  'failedGets',
  'failedPosts',
  'unsentPosts',
  'refused',
  'elapsedMs',
];

/** What this library promises of each scenario and did not keep. */
export function brokenPromises(scenario: Scenario, verdicts: ReadonlyMap<string, Verdict>): readonly string[] {
  const ours = verdicts.get('roundtripper');
  if (ours === undefined) return [];
  const broken: string[] = [];
  for (const name of ['duplicates', 'phantoms', 'denied', 'wrong', 'unsettled'] as const) {
    if (ours[name] > 0) broken.push(`${name}: ${ours[name]}, not 0`);
  }
  if (scenario !== 'race') return broken;
  if (ours.failedGets > 0) broken.push(`${ours.failedGets} GETs failed because their connection was stale`);
  const go = verdicts.get('go');
  if (go !== undefined && isMore(ours.failedPosts, go.failedPosts)) {
    broken.push(`${ours.failedPosts} POSTs failed, and ${go.failedPosts} of Go's`);
  }
  return broken;
}

/** By more than chance: three standard deviations of what is counted. */
function isMore(one: number, other: number): boolean {
  return one - other > 3 * Math.sqrt(one + other);
}
