import type { AttemptRecord } from '../exchange-record.ts';
import { PHASES, type Phase, type Segment } from './page-data.ts';

const PLACE = new Map<Phase, number>(PHASES.map((phase, at) => [phase, at]));

/**
 * An attempt, cut into phases without overlaps or gaps, from `getConn` to its end or, while it is under way, to `untilMs`. Steps of a dial count as such where the attempt
 * waited for that dial; where it was given another's connection it was queued all the while.
 */
export function attemptSegments(attempt: AttemptRecord, untilMs: number): readonly Segment[] {
  const endMs = attempt.endMs ?? Math.max(untilMs, attempt.startMs);
  const gotMs = Math.min(attempt.gotConnMs ?? endMs, endMs);
  const waited = waitsForOwnDial(attempt) ? waitWithDial(attempt, gotMs) : [segment('queued', attempt.startMs, gotMs)];
  return [...waited, ...exchangeSegments(attempt, gotMs, endMs)].filter(([, from, to]) => to > from);
}

/** The steps of a dial whose connection went to another; none where the attempt waited for it. */
export function donatedDial(attempt: AttemptRecord): readonly Segment[] {
  return waitsForOwnDial(attempt) ? [] : dialSteps(attempt).filter(([, from, to]) => to > from);
}

/** Its dial's connection was the one it got or, where it got none, the dial is what it waited for until it failed. */
function waitsForOwnDial({ dialled, connection, dialStartMs }: AttemptRecord): boolean {
  if (dialStartMs === undefined) return false;
  return connection === undefined || dialled?.id === connection.id;
}

/** From `getConn` to `gotMs`: the steps of the dial, and `queued` between them. */
function waitWithDial(attempt: AttemptRecord, gotMs: number): readonly Segment[] {
  const segments: Segment[] = [];
  let atMs = attempt.startMs;
  for (const [phase, from, to] of dialSteps(attempt, gotMs)) {
    const startMs = Math.max(from, atMs);
    const endMs = Math.min(to, gotMs);
    if (endMs <= startMs) continue;
    segments.push(segment('queued', atMs, startMs), [phase, startMs, endMs]);
    atMs = endMs;
  }
  return [...segments, segment('queued', atMs, gotMs)];
}

/** A step that has not ended goes on until `untilMs`; without it, it has no length. What leads to a proxy counts as `proxy`. */
function dialSteps(attempt: AttemptRecord, untilMs?: number): readonly Segment[] {
  const steps: readonly (readonly [Phase, number | undefined, number | undefined])[] = [
    ['dns', attempt.dnsStartMs, attempt.dnsEndMs],
    ['connect', attempt.connectStartMs, attempt.connectEndMs],
    ['proxy', attempt.proxyTlsStartMs, attempt.proxyTlsEndMs],
    ['proxy', attempt.proxyStartMs, attempt.proxyEndMs],
    ['tls', attempt.tlsStartMs, attempt.tlsEndMs],
  ];
  return steps.flatMap(([phase, from, to]) => (from === undefined ? [] : [segment(phase, from, to ?? untilMs ?? from)]));
}

/** From the grant to the end: send, wait, download. A server may answer before it has the whole request: what is sent after that is part of the download. */
function exchangeSegments(attempt: AttemptRecord, gotMs: number, endMs: number): readonly Segment[] {
  if (attempt.gotConnMs === undefined) return [];
  const within = (atMs: number | undefined, otherwise: number): number => Math.min(Math.max(atMs ?? otherwise, gotMs), endMs);
  // An interim response is no answer yet.
  const answeredMs = within(attempt.firstInterimMs === undefined ? attempt.firstByteMs : attempt.gotResponseMs, endMs);
  const sentMs = Math.min(within(attempt.wroteRequestMs, answeredMs), answeredMs);
  return [segment('send', gotMs, sentMs), segment('wait', sentMs, answeredMs), segment('download', answeredMs, endMs)];
}

function segment(phase: Phase, startMs: number, endMs: number): Segment {
  return [PLACE.get(phase) ?? 0, startMs, endMs];
}
