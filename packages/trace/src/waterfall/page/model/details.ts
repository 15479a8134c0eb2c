import { PHASES, type PageAttempt, type Phase } from '../../page-data.ts';
import type { ExchangeFacts } from './exchange-facts.ts';
import { formatBytes, formatMs, formatShare, plural } from './format.ts';
import type { Model } from './model.ts';
import { causeText } from './opened-because.ts';

/** What is told of one thing, in a tooltip, a panel or to a screen reader. */
export interface Details {
  readonly title: string;
  readonly subtitle: string;
  /** What went wrong. */
  readonly problem?: string | undefined;
  /** How long it spent in each phase that it was in. */
  readonly phases: readonly (readonly [phase: Phase, ms: number])[];
  readonly rows: readonly DetailRow[];
}

export type DetailRow = readonly [label: string, value: string];

export function exchangeDetails({ exchange, durationMs, outcome, phaseMs, outsideMs }: ExchangeFacts): Details {
  const { attempts } = exchange;
  return {
    title: `${exchange.method} ${exchange.url}`,
    subtitle: [`#${exchange.id}`, statusText(exchange.status, outcome), exchange.proto].filter((part) => part !== undefined).join(' · '),
    problem: exchange.error,
    phases: PHASES.flatMap((phase, at) => {
      const ms = phaseMs[at] ?? 0;
      return ms > 0 ? [[phase, ms] as const] : [];
    }),
    rows: [
      ['Total', outcome === 'under-way' ? `${formatMs(durationMs)} so far` : formatMs(durationMs)],
      ['Started at', `+${formatMs(exchange.startMs)}`],
      ...(outsideMs > 0.0005 ? [['Outside the Transport', formatMs(outsideMs)] as const] : []),
      ...attempts.flatMap((attempt, at) =>
        attempts.length > 1 ? attemptHeading(attempt, at).concat(attemptRows(attempt)) : attemptRows(attempt),
      ),
      ...(exchange.notes ?? []).map((note): DetailRow => ['Note', note]),
    ],
  };
}

export function statusText(status: number | undefined, outcome: ExchangeFacts['outcome']): string {
  if (outcome === 'failed') return status === undefined ? 'failed' : `${status}, failed`;
  return status === undefined ? 'under way' : String(status);
}

function attemptHeading({ cause, error }: PageAttempt, at: number): readonly DetailRow[] {
  const heading: DetailRow = [`Attempt ${at + 1}`, at === 0 ? '' : cause];
  return error === undefined ? [heading] : [heading, ['Failed', error]];
}

function attemptRows(attempt: PageAttempt): readonly DetailRow[] {
  const { stream, sentBytes, receivedBytes, tlsResumed, dial, dialDonatedTo } = attempt;
  const rows: (DetailRow | false)[] = [
    ['Connection', connectionText(attempt)],
    stream !== undefined && ['Stream', String(stream)],
    tlsResumed === true && ['TLS', 'resumed'],
    dial !== undefined && ['Own dial', dialDonatedTo === undefined ? 'not waited for' : `went to ${donee(dialDonatedTo)}`],
    sentBytes !== undefined && sentBytes > 0 && ['Sent', formatBytes(sentBytes)],
    receivedBytes !== undefined && ['Received', formatBytes(receivedBytes)],
  ];
  return rows.filter((row) => row !== false);
}

function donee(donatedTo: string): string {
  return donatedTo === 'pool' ? 'the idle pool' : 'another request';
}

/** How an attempt came by its connection. */
export function connectionText({ connection, reused, wasIdle, idleMs = 0 }: PageAttempt): string {
  if (connection === undefined) return 'none';
  if (reused !== true) return `${connection}, new`;
  return wasIdle === true ? `${connection}, reused after ${formatMs(idleMs)} idle` : `${connection}, reused at once`;
}

export function connectionDetails({ data, lanes, because }: Model, index: number): Details {
  const lane = lanes[index];
  if (lane === undefined) return { title: 'unknown', subtitle: '', phases: [], rows: [] };
  const { connection, uses, idle, depth, endMs } = lane;
  const lifeMs = endMs - connection.openedMs;
  const idleMs = idle.reduce((sum, [from, to]) => sum + to - from, 0);
  const cause = because[index];
  const rows: (DetailRow | false)[] = [
    ['Carried', plural(connection.carried, 'request')],
    connection.carried > uses.length && ['In this log', plural(uses.length, 'request')],
    depth > 1 && ['At once, at most', plural(depth, 'request')],
    ['Opened at', `+${formatMs(connection.openedMs)}`],
    cause !== undefined && ['Opened because', causeText(cause)],
    ['Lifetime', connection.closedMs === undefined ? `${formatMs(lifeMs)}, still open` : formatMs(lifeMs)],
    ['Idle', `${formatMs(idleMs)} (${formatShare(idleMs, lifeMs)}) in ${plural(idle.length, 'gap')}`],
    connection.reason !== undefined && ['Closed', `${connection.reason}: ${connection.meaning ?? 'for no known reason'}`],
    connection.remote !== undefined && ['Remote address', connection.remote],
    connection.proxy !== undefined && ['Proxy', connection.proxy],
  ];
  return {
    title: `Connection ${connection.id}`,
    subtitle: `${data.origins[connection.origin] ?? ''} · ${connection.protocol}`,
    phases: lane.dial.map(([phase, from, to]) => [PHASES[phase] ?? 'queued', to - from]),
    rows: rows.filter((row) => row !== false),
  };
}

/** A gap between two requests, as the lane shows it. */
export function idleText(fromMs: number, toMs: number, closes: string | undefined): string {
  return closes === undefined ? `Idle for ${formatMs(toMs - fromMs)}` : `Idle for ${formatMs(toMs - fromMs)}, then closed: ${closes}`;
}

/** One sentence with all there is, for those who cannot see the picture. */
export function spoken({ title, subtitle, problem, phases, rows }: Details): string {
  const parts = [...phases.map(([phase, ms]) => `${phase} ${formatMs(ms)}`), ...rows.map(([label, value]) => `${label} ${value}`)];
  return [title, subtitle, problem, ...parts].filter(Boolean).join(', ');
}
