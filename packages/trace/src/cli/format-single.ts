import type { ConnectionInfo } from '@roundtripper/core';

import { addressText } from '../address-text.ts';
import type { AttemptRecord, ExchangeRecord } from '../exchange-record.ts';
import { PHASES } from '../waterfall/page-data.ts';
import { bar } from './bar.ts';
import { failureOf } from './failure.ts';
import { joined, labelledLines, paintedStatus } from './labelled-lines.ts';
import type { Paint } from './paint.ts';
import { PHASE_LOOK, PHASE_NAME_WIDTH, phaseName } from './phase-look.ts';
import { phaseSpans, phaseTimes, type PhaseSpan } from './phase-spans.ts';
import { printable } from './printable.ts';
import { formatBytes, formatMs } from './quantities.ts';
import type { RunReport } from './run-report.ts';
import { chosenFields, serverTimesOf, shownFields, shownUrl } from './shown-parts.ts';

/** How a report is to look. */
export interface Look {
  readonly paint: Paint;
  /** How wide a line is at most. */
  readonly columns: number;
}

/** The report of one request: what answered, and its phases as bars on a common time axis, as httpstat draws them. */
export function formatSingle(report: RunReport, record: ExchangeRecord, look: Look): string {
  const { paint } = look;
  const headers = record.responseHeaders;
  const fields = headers === undefined ? [] : (report.plan.showsAllHeaders ? shownFields : chosenFields)(headers);
  const fieldLines = fields.map(({ name, value }) => `  ${paint('cyan', `${printable(name)}:`)} ${printable(value)}`);
  return [
    `${paint('bold', record.method)} ${printable(shownUrl(report.request), 2_000)}`,
    '',
    ...labelledLines(summaryRows(report, record, paint), paint),
    ...(fieldLines.length === 0 ? [] : ['', ...fieldLines]),
    '',
    ...phaseLines(record, report.plan.unixPath !== undefined, look),
    ...serverTimingLines(record, look),
    '',
  ].join('\n');
}

function summaryRows(report: RunReport, record: ExchangeRecord, paint: Paint): readonly (readonly [string, string])[] {
  const last = record.attempts.at(-1);
  const failure = failureOf(record);
  const outcome = failure === 'interrupted' ? 'interrupted' : failure?.code;
  return [
    ['status', joined([record.status === undefined ? undefined : paintedStatus(record.status, paint), record.proto, bodyOf(record)])],
    ['failed', outcome === undefined ? '' : paint('red', outcome)],
    ['connection', last === undefined ? '' : connectionText(last, report.plan.unixPath)],
    ['proxy', last?.connection?.proxy ?? ''],
    ['tls', last?.connection?.tls === undefined ? '' : tlsText(last.connection.tls, paint)],
    ['attempts', record.attempts.length < 2 ? '' : record.attempts.map(({ cause }) => cause).join(', ')],
  ];
}

function bodyOf(record: ExchangeRecord): string | undefined {
  const last = record.attempts.at(-1);
  if (record.status === undefined || last?.bodyBytes === undefined) return undefined;
  const seconds = ((last.bodyEndMs ?? 0) - (last.bodyStartMs ?? 0)) / 1_000;
  // What comes in one piece takes no time that a rate could be told from.
  const rate = last.bodyBytes > 65_536 && seconds > 0.01 ? ` at ${formatBytes(last.bodyBytes / seconds)}/s` : '';
  return `body of ${formatBytes(last.bodyBytes)}${rate}`;
}

function connectionText({ connection, reused, connectedAddress, connectTries }: AttemptRecord, unixPath: string | undefined): string {
  if (connection === undefined) {
    return connectedAddress === undefined ? '' : `none; ${printable(connectedAddress)} had accepted`;
  }
  const { remoteAddress, remotePort, localAddress, localPort } = connection;
  return joined([
    reused === true ? 'reused' : 'new',
    unixPath === undefined ? endpoint(remoteAddress, remotePort) : printable(unixPath),
    localPort === undefined ? undefined : `from ${endpoint(localAddress, localPort)}`,
    connectTries > 1 ? `${connectTries} addresses tried` : undefined,
  ]);
}

function endpoint(address: string | undefined, port: number | undefined): string {
  return address === undefined ? '' : addressText(address, port);
}

function tlsText({ protocol, cipher, alpnProtocol, authorized, resumed }: NonNullable<ConnectionInfo['tls']>, paint: Paint): string {
  return joined([
    protocol,
    cipher,
    alpnProtocol === undefined ? 'no ALPN' : `ALPN ${printable(alpnProtocol, 20)}`,
    resumed ? 'resumed' : undefined,
    authorized ? undefined : paint('yellow', 'not verified'),
  ]);
}

/** Two columns of numbers beside the names, each after two spaces. */
const NUMBER_WIDTH = 9;
const MARGIN = 2 + PHASE_NAME_WIDTH + 2 * (2 + NUMBER_WIDTH) + 2;

function phaseLines(record: ExchangeRecord, isUnix: boolean, { paint, columns }: Look): readonly string[] {
  const spans = phaseSpans(record);
  const times = phaseTimes(spans);
  const totalMs = (record.endMs ?? record.startMs) - record.startMs;
  const failedIn = failureOf(record) === undefined ? undefined : spans.at(-1)?.phase;
  const heading = `  ${''.padEnd(PHASE_NAME_WIDTH)}  ${'took'.padStart(NUMBER_WIDTH)}  ${'until'.padStart(NUMBER_WIDTH)}`;
  const lines = PHASES.flatMap((phase) => {
    const ms = times.get(phase);
    if (ms === undefined) return [];
    const own = spans.filter((span) => span.phase === phase);
    const style = phase === failedIn ? 'red' : PHASE_LOOK[phase].style;
    const numbers = [ms, own.at(-1)?.endMs ?? 0].map((value) => formatMs(value).padStart(NUMBER_WIDTH));
    const drawn = paint(style, barsOf(own, totalMs, Math.max(10, columns - MARGIN - (phase === failedIn ? 2 : 0))));
    const mark = phase === failedIn ? ` ${paint('red', '✗')}` : '';
    return [`  ${phaseName(phase, isUnix).padEnd(PHASE_NAME_WIDTH)}  ${numbers[0]}  ${paint('dim', numbers[1] ?? '')}  ${drawn}${mark}`];
  });
  const total = `  ${'Total'.padEnd(PHASE_NAME_WIDTH)}  ${formatMs(totalMs).padStart(NUMBER_WIDTH)}`;
  return [paint('dim', heading), ...lines, paint('bold', total)];
}

/** All spans of a phase on one line. */
function barsOf(spans: readonly PhaseSpan[], totalMs: number, width: number): string {
  let line = '';
  for (const { startMs, endMs } of spans) {
    const drawn = bar(startMs / totalMs, endMs / totalMs, width);
    line += drawn.slice(line.length);
  }
  return line;
}

function serverTimingLines(record: ExchangeRecord, { paint, columns }: Look): readonly string[] {
  const { responseHeaders } = record;
  const times = responseHeaders === undefined ? [] : serverTimesOf(responseHeaders).slice(0, MOST_SERVER_TIMES);
  if (times.length === 0) return [];
  const totalMs = (record.endMs ?? record.startMs) - record.startMs;
  const lines = times.map(({ name, duration, description }) => {
    const label = printable(description === '' ? name : description, PHASE_NAME_WIDTH).padEnd(PHASE_NAME_WIDTH);
    const drawn = bar(0, totalMs > 0 ? Math.min(1, duration / totalMs) : 0, Math.max(10, columns - MARGIN));
    const amount = duration > 0 ? formatMs(duration) : '';
    return `  ${label}  ${amount.padStart(NUMBER_WIDTH)}  ${''.padEnd(NUMBER_WIDTH)}  ${paint('gray', drawn)}`.trimEnd();
  });
  return ['', paint('dim', '  Server-Timing'), ...lines];
}

/** A server may say a thousand. */
const MOST_SERVER_TIMES = 20;
