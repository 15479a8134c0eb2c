import { addressText } from '../address-text.ts';
import { CLOSE_REASONS } from '../close-reasons.ts';
import type { AttemptRecord, ConnectionRecord, ExchangeRecord, TraceRecords } from '../exchange-record.ts';
import { isDisposed, isDropped, isGivenUp } from '../given-up.ts';
import { attemptSegments, donatedDial } from './attempt-segments.ts';
import { errorText } from './error-text.ts';
import type { PageAttempt, PageConnection, PageData, PageExchange, Segment } from './page-data.ts';

/** What a log may say of itself besides its records. */
export interface DroppedCount {
  readonly dropped?: number | undefined;
}

/** The records as the page reads them. Neither they nor anything they hold is changed or kept. */
export function toPageData(log: TraceRecords & DroppedCount, title: string): PageData {
  const zeroMs = firstMs(log);
  const axis = { zeroMs, lastMs: lastMs(log, zeroMs) };
  const origins = new Map<string, number>();
  const [first] = log.exchanges;
  return {
    title,
    startedAtMs: first === undefined ? undefined : first.startedAtMs - (first.startMs - zeroMs),
    endMs: onAxis(axis.lastMs, axis),
    dropped: log.dropped ?? 0,
    exchanges: log.exchanges.toSorted((a, b) => a.startMs - b.startMs).map((record) => pageExchange(record, axis, origins)),
    connections: log.connections.toSorted((a, b) => bornMs(a) - bornMs(b)).map((record) => pageConnection(record, axis, origins)),
    // Last: the others fill it.
    origins: [...origins.keys()],
  };
}

interface Axis {
  readonly zeroMs: number;
  readonly lastMs: number;
}

function firstMs({ exchanges, connections }: TraceRecords): number {
  let first = Infinity;
  for (const { startMs } of exchanges) first = Math.min(first, startMs);
  for (const connection of connections) first = Math.min(first, bornMs(connection));
  return first === Infinity ? 0 : first;
}

function bornMs({ dialStartMs, openedMs, firstSeenMs }: ConnectionRecord): number {
  return dialStartMs ?? openedMs ?? firstSeenMs;
}

/** Every time there is, since any may be the last: a connection closes, or a dial ends, long after the last request. */
function lastMs({ exchanges, connections }: TraceRecords, zeroMs: number): number {
  let last = zeroMs;
  const see = (atMs: unknown): void => {
    if (typeof atMs === 'number' && atMs > last) last = atMs;
  };
  for (const exchange of exchanges) {
    [exchange.startMs, exchange.answeredMs, exchange.endMs].forEach(see);
    for (const attempt of exchange.attempts) TIMES.forEach((name) => see(attempt[name]));
  }
  for (const { firstSeenMs, openedMs, closedMs } of connections) [firstSeenMs, openedMs, closedMs].forEach(see);
  return last;
}

const TIMES = [
  'startMs',
  'queueEndMs',
  'dialStartMs',
  'dialEndMs',
  'gotConnMs',
  'wroteHeadersMs',
  'wroteRequestMs',
  'firstByteMs',
  'gotResponseMs',
  'bodyStartMs',
  'bodyEndMs',
  'releasedMs',
  'endMs',
] as const;

/** Since the first thing in the log; a microsecond is as much as any clock of a process tells. */
function onAxis(atMs: number, { zeroMs }: Axis): number {
  return Math.round((atMs - zeroMs) * 1000) / 1000;
}

function optional(atMs: number | undefined, axis: Axis): number | undefined {
  return atMs === undefined ? undefined : onAxis(atMs, axis);
}

function placeOf(origin: string, origins: Map<string, number>): number {
  const known = origins.get(origin);
  if (known !== undefined) return known;
  origins.set(origin, origins.size);
  return origins.size - 1;
}

function pageExchange(record: ExchangeRecord, axis: Axis, origins: Map<string, number>): PageExchange {
  const untilMs = record.endMs ?? axis.lastMs;
  const notes = notesOf(record);
  return {
    id: record.id,
    method: record.method,
    url: record.url,
    origin: placeOf(record.origin, origins),
    status: record.status,
    proto: record.proto,
    startMs: onAxis(record.startMs, axis),
    endMs: optional(record.endMs, axis),
    error: failureOf(record),
    notes: notes.length === 0 ? undefined : notes,
    attempts: record.attempts.map((attempt) => pageAttempt(attempt, untilMs, axis)),
  };
}

/** What is over without an answer has failed: what it was aborted with may be undefined. */
function failureOf({ error, status, endMs }: ExchangeRecord): string | undefined {
  if (error === undefined && status === undefined && endMs !== undefined) return 'it was aborted, and no reason given';
  return problemOf(error);
}

/** That a reader has enough of a body is no failure. */
function problemOf(error: unknown): string | undefined {
  return error === undefined || isGivenUp(error) ? undefined : errorText(error);
}

function notesOf({ cacheDecisions = [], retries = [], redirects = [], error: failure }: ExchangeRecord): readonly string[] {
  return [
    ...cacheDecisions.map(({ decision, detail }) => `cache: ${decision} (${detail})`),
    ...redirects.map(({ status, url }) => `redirected by ${status} to ${url}`),
    ...retries.map(({ attempt, delayMs, status, error }) => {
      const cause = error === undefined ? `status ${status}` : errorText(error);
      return `retry ${attempt} after ${Math.round(delayMs)} ms, because of ${cause}`;
    }),
    ...(isDropped(failure) ? ['its response was dropped with the body unread'] : []),
    ...(isDisposed(failure) ? ['its reader gave the body up before its end'] : []),
  ];
}

function pageAttempt(attempt: AttemptRecord, untilMs: number, axis: Axis): PageAttempt {
  const dial = donatedDial(attempt);
  const segments = (list: readonly Segment[]): readonly Segment[] =>
    list.map(([phase, from, to]): Segment => [phase, onAxis(from, axis), onAxis(to, axis)]);
  return {
    cause: attempt.cause,
    segments: segments(attemptSegments(attempt, untilMs)),
    dial: dial.length === 0 ? undefined : segments(dial),
    dialled: attempt.dialled?.id,
    dialDonatedTo: attempt.dialDonatedTo,
    connection: attempt.connection?.id,
    gotMs: optional(attempt.gotConnMs, axis),
    releasedMs: optional(attempt.releasedMs, axis),
    reused: attempt.reused,
    wasIdle: attempt.wasIdle,
    idleMs: attempt.idleTimeMs,
    stream: attempt.streamId,
    status: attempt.status,
    sentBytes: attempt.requestBodyBytes,
    receivedBytes: attempt.bodyBytes,
    tlsResumed: attempt.tlsResumed,
    error: problemOf(attempt.error),
  };
}

function pageConnection(record: ConnectionRecord, axis: Axis, origins: Map<string, number>): PageConnection {
  const { closeReason, remoteAddress, remotePort } = record;
  return {
    id: record.id,
    origin: placeOf(record.origin, origins),
    protocol: record.proto,
    proxy: record.proxy,
    remote: remoteAddress === undefined ? undefined : addressText(remoteAddress, remotePort),
    openedMs: onAxis(record.openedMs ?? record.firstSeenMs, axis),
    dialMs: optional(record.dialStartMs, axis),
    closedMs: optional(record.closedMs, axis),
    reason: closeReason,
    meaning: closeReason === undefined ? undefined : CLOSE_REASONS[closeReason],
    carried: record.exchangeCount,
  };
}
