import { expect, test } from 'vitest';

import type { AttemptRecord, ExchangeRecord } from '../exchange-record.ts';
import { connectionInfo } from '../../test/scripted-events.ts';
import { phaseSpans, phaseTimes } from './phase-spans.ts';

const connection = connectionInfo(1);

function recordOf(endMs: number, ...attempts: readonly Partial<AttemptRecord>[]): ExchangeRecord {
  return {
    id: 1,
    method: 'GET',
    url: 'https://example.com/',
    origin: 'https://example.com',
    startedAtMs: 0,
    startMs: 100,
    endMs: 100 + endMs,
    attempts: attempts.map(attemptOf),
  };
}

function attemptOf(attempt: Partial<AttemptRecord>): AttemptRecord {
  return { cause: 'first', hostPort: 'example.com:443', startMs: 101, connectTries: 1, ...attempt };
}

/** As `phase from-to`, for a table. */
function shown(record: ExchangeRecord): readonly string[] {
  return phaseSpans(record).map(({ phase, startMs, endMs }) => `${phase} ${startMs}-${endMs}`);
}

const dialled = {
  dialStartMs: 102,
  dnsStartMs: 102,
  dnsEndMs: 105,
  connectStartMs: 106,
  connectEndMs: 110,
  tlsStartMs: 110,
  tlsEndMs: 120,
  dialEndMs: 121,
  dialled: connection,
  gotConnMs: 121,
  connection,
};

test.for<{ fact: string; record: ExchangeRecord; spans: string[] }>([
  {
    fact: 'all phases of a cold request, with what lies between them',
    record: recordOf(50, { ...dialled, wroteRequestMs: 122, firstByteMs: 140, gotResponseMs: 141, bodyEndMs: 150, endMs: 150 }),
    spans: [
      'queued 0-2',
      'dns 2-5',
      'queued 5-6',
      'connect 6-10',
      'tls 10-20',
      'queued 20-21',
      'send 21-22',
      'wait 22-40',
      'download 40-50',
    ],
  },
  {
    fact: 'what comes after the body belongs to it',
    record: recordOf(50, { gotConnMs: 101, connection, wroteRequestMs: 102, firstByteMs: 110, gotResponseMs: 110, endMs: 140 }),
    spans: ['queued 0-1', 'send 1-2', 'wait 2-10', 'download 10-50'],
  },
  {
    fact: 'the step in which a dial failed lasts until that was told',
    record: recordOf(20, { dialStartMs: 102, connectStartMs: 103, connectEndMs: 105, dialEndMs: 106, endMs: 110 }),
    spans: ['queued 0-3', 'connect 3-20'],
  },
  {
    fact: 'a wait that came to nothing',
    record: recordOf(20, { queueStartMs: 101, queueEndMs: 120, endMs: 120 }),
    spans: ['queued 0-20'],
  },
  {
    fact: 'two attempts, one after the other',
    record: recordOf(
      30,
      { gotConnMs: 102, connection, wroteRequestMs: 103, endMs: 110 },
      { cause: 'resend', startMs: 112, gotConnMs: 113, connection, wroteRequestMs: 114, firstByteMs: 120, gotResponseMs: 120, endMs: 130 },
    ),
    spans: ['queued 0-2', 'send 2-3', 'wait 3-10', 'queued 10-13', 'send 13-14', 'wait 14-20', 'download 20-30'],
  },
  { fact: 'an answer that came from nowhere', record: recordOf(5), spans: ['queued 0-5'] },
  { fact: 'nothing of what took no time', record: recordOf(0), spans: [] },
])('has $fact', ({ record, spans }) => {
  expect(shown(record)).toEqual(spans);
  const sum = [...phaseTimes(phaseSpans(record)).values()].reduce((total, ms) => total + ms, 0);
  expect(sum).toBe((record.endMs ?? 0) - record.startMs);
});
