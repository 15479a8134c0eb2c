import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { attemptRecord, connectionInfo } from '../../test/attempt-record.ts';
import type { AttemptRecord } from '../exchange-record.ts';
import { attemptSegments, donatedDial } from './attempt-segments.ts';
import { PHASES } from './page-data.ts';

const mine = connectionInfo(1);
const others = connectionInfo(2);
const exchange = { wroteRequestMs: 41, firstByteMs: 50, endMs: 60 };
const dial = { dialStartMs: 1, dnsStartMs: 1, dnsEndMs: 5, connectStartMs: 5, connectEndMs: 15, tlsStartMs: 16, tlsEndMs: 40 };

/** Like `queued 0-1, dns 1-5`. */
function shown(segments: ReturnType<typeof attemptSegments>): string {
  return segments.map(([phase, from, to]) => `${PHASES[phase]} ${from}-${to}`).join(', ');
}

describe('the phases of an attempt', () => {
  test.for<{ fact: string; attempt: Partial<AttemptRecord>; phases: string }>([
    {
      fact: 'with its own dial it waits for the steps of it, and is queued between them',
      attempt: { ...dial, dialled: mine, connection: mine, gotConnMs: 40, ...exchange },
      phases: 'queued 0-1, dns 1-5, connect 5-15, queued 15-16, tls 16-40, send 40-41, wait 41-50, download 50-60',
    },
    {
      fact: 'with a connection that was at hand it is not queued',
      attempt: { connection: others, gotConnMs: 0, wroteRequestMs: 1, firstByteMs: 9, endMs: 10 },
      phases: 'send 0-1, wait 1-9, download 9-10',
    },
    {
      fact: 'given another’s connection it was queued all the while, whatever its own dial did',
      attempt: { ...dial, dialled: mine, connection: others, gotConnMs: 40, ...exchange },
      phases: 'queued 0-40, send 40-41, wait 41-50, download 50-60',
    },
    {
      fact: 'a dial that fails is what the attempt waited for',
      attempt: { dialStartMs: 1, dnsStartMs: 1, dnsEndMs: 4, connectStartMs: 4, endMs: 9, error: new Error('refused') },
      phases: 'queued 0-1, dns 1-4, connect 4-9',
    },
    {
      fact: 'what leads to a proxy is the proxy’s, its TLS and the way it is asked for',
      attempt: {
        dialStartMs: 0,
        connectStartMs: 0,
        connectEndMs: 2,
        proxyTlsStartMs: 2,
        proxyTlsEndMs: 5,
        proxyStartMs: 5,
        proxyEndMs: 7,
        tlsStartMs: 7,
        tlsEndMs: 9,
        dialled: mine,
        connection: mine,
        gotConnMs: 9,
        wroteRequestMs: 9,
        firstByteMs: 12,
        endMs: 12,
      },
      phases: 'connect 0-2, proxy 2-5, proxy 5-7, tls 7-9, wait 9-12',
    },
    {
      fact: 'an interim response does not end the waiting',
      attempt: { connection: mine, gotConnMs: 0, wroteRequestMs: 1, firstByteMs: 3, firstInterimMs: 3, gotResponseMs: 8, endMs: 9 },
      phases: 'send 0-1, wait 1-8, download 8-9',
    },
    {
      fact: 'a server that answers before it has the whole request is not waited for',
      attempt: { connection: mine, gotConnMs: 0, firstByteMs: 3, wroteRequestMs: 7, endMs: 9 },
      phases: 'send 0-3, download 3-9',
    },
    {
      fact: 'one that fails before its request was sent was sending',
      attempt: { connection: mine, gotConnMs: 2, endMs: 9, error: new Error('reset') },
      phases: 'queued 0-2, send 2-9',
    },
    {
      fact: 'one that is under way goes on to the end of the log',
      attempt: { connection: mine, gotConnMs: 2, wroteRequestMs: 3 },
      phases: 'queued 0-2, send 2-3, wait 3-100',
    },
    { fact: 'one that waits for a connection is queued to the end of the log', attempt: { queueStartMs: 0 }, phases: 'queued 0-100' },
  ])('$fact', ({ attempt, phases }) => expect(shown(attemptSegments(attemptRecord(attempt), 100))).toBe(phases));

  test('have no gaps and no overlaps, whatever happened when', () => {
    const time = fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined });
    const names = [
      'dialStartMs',
      'dnsStartMs',
      'dnsEndMs',
      'connectStartMs',
      'connectEndMs',
      'proxyStartMs',
      'proxyEndMs',
      'tlsStartMs',
      'tlsEndMs',
    ] as const;
    const later = ['gotConnMs', 'wroteRequestMs', 'firstByteMs', 'gotResponseMs', 'firstInterimMs', 'endMs'] as const;
    const times = fc.record(Object.fromEntries([...names, ...later].map((name) => [name, time])));
    const connection = fc.constantFrom(mine, others, undefined);
    fc.assert(
      fc.property(times, connection, connection, (known, dialled, got) => {
        const attempt = attemptRecord({ ...known, dialled, connection: got });
        let atMs = attempt.startMs;
        for (const [, from, to] of attemptSegments(attempt, 50)) {
          expect(from).toBe(atMs);
          expect(to).toBeGreaterThan(from);
          atMs = to;
        }
        expect(atMs).toBe(attempt.endMs ?? 50);
      }),
    );
  });
});

describe('the dial that went to another', () => {
  test('is told apart, up to where it goes', () => {
    const attempt = attemptRecord({ ...dial, dialled: mine, connection: others, gotConnMs: 10, endMs: 12 });
    expect(shown(donatedDial(attempt))).toBe('dns 1-5, connect 5-15, tls 16-40');
  });

  test('is none where the attempt had its own', () => {
    expect(donatedDial(attemptRecord({ ...dial, dialled: mine, connection: mine, gotConnMs: 40 }))).toEqual([]);
  });
});
