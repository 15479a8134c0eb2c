import { RoundTripError, type RoundTripErrorCode } from '@roundtripper/core';
import { describe, expect, test } from 'vitest';

import { attemptRecord, connectionInfo } from '../../test/attempt-record.ts';
import type { ConnectionRecord, ExchangeRecord } from '../exchange-record.ts';
import { toPageData } from './to-page-data.ts';

function exchange(known: Partial<ExchangeRecord> = {}): ExchangeRecord {
  const url = 'https://example.com/a';
  return {
    id: 1,
    method: 'GET',
    url,
    origin: 'https://example.com',
    startedAtMs: 1_700_000_000_000,
    startMs: 1000,
    attempts: [],
    ...known,
  };
}

function connection(known: Partial<ConnectionRecord> = {}): ConnectionRecord {
  const address = { remoteAddress: '192.0.2.1', remotePort: 443 };
  return {
    id: 1,
    origin: 'https://example.com',
    hostPort: 'example.com:443',
    proto: 'h2',
    ...address,
    firstSeenMs: 1000,
    exchanges: [],
    exchangeCount: 3,
    ...known,
  };
}

describe('a log for the page', () => {
  test('counts time from the first thing in it, to the microsecond', () => {
    const { exchanges, connections, endMs, startedAtMs } = toPageData(
      {
        exchanges: [exchange({ endMs: 1012.345_678 })],
        connections: [connection({ dialStartMs: 995, openedMs: 999, closedMs: 1020, closeReason: 'idle-timeout' })],
      },
      'A title',
    );
    expect(exchanges[0]).toMatchObject({ startMs: 5, endMs: 17.346 });
    expect(connections[0]).toMatchObject({
      dialMs: 0,
      openedMs: 4,
      closedMs: 25,
      reason: 'idle-timeout',
      carried: 3,
      remote: '192.0.2.1:443',
    });
    expect(connections[0]?.meaning).toContain('idleConnTimeout');
    expect({ endMs, startedAtMs }).toEqual({ endMs: 25, startedAtMs: 1_699_999_999_995 });
  });

  test('has its requests in the order of their time, and each origin once', () => {
    const other = exchange({ id: 2, startMs: 900, origin: 'http://other.test' });
    const { exchanges, origins } = toPageData({ exchanges: [exchange(), other, exchange({ id: 3, startMs: 1001 })], connections: [] }, '');
    expect(exchanges.map(({ id, origin }) => [id, origins[origin]])).toEqual([
      [2, 'http://other.test'],
      [1, 'https://example.com'],
      [3, 'https://example.com'],
    ]);
  });

  test('of nothing is empty', () => {
    expect(toPageData({ exchanges: [], connections: [] }, '')).toMatchObject({
      startedAtMs: undefined,
      endMs: 0,
      dropped: 0,
      origins: [],
      exchanges: [],
      connections: [],
    });
  });

  test('says how many requests it no longer has', () =>
    expect(toPageData({ exchanges: [], connections: [], dropped: 7 }, '').dropped).toBe(7));

  test('draws what is under way to the last thing that is known', () => {
    const attempt = attemptRecord({ startMs: 1000, connection: connectionInfo(4), gotConnMs: 1001, wroteRequestMs: 1002 });
    const { exchanges } = toPageData({ exchanges: [exchange({ attempts: [attempt] })], connections: [connection({ closedMs: 1030 })] }, '');
    expect(exchanges[0]?.endMs).toBeUndefined();
    expect(exchanges[0]?.attempts[0]?.segments.at(-1)).toEqual([6, 2, 30]);
  });

  test('says in words what caches, redirects and retries did', () => {
    const record = exchange({
      cacheDecisions: [{ atMs: 1000, decision: 'miss', detail: 'nothing stored' }],
      redirects: [{ atMs: 1001, status: 302, hop: 1, url: 'https://example.com/b' }],
      retries: [{ atMs: 1002, attempt: 2, delayMs: 20, status: 503 }],
    });
    expect(toPageData({ exchanges: [record], connections: [] }, '').exchanges[0]?.notes).toEqual([
      'cache: miss (nothing stored)',
      'redirected by 302 to https://example.com/b',
      'retry 2 after 20 ms, because of status 503',
    ]);
  });

  test.for<[RoundTripErrorCode, string]>([
    ['body-disposed', 'its reader gave the body up before its end'],
    ['response-dropped', 'its response was dropped with the body unread'],
  ])('a body that nobody wants is no failure (%s), and is noted: %s', ([code, note]) => {
    const error = new RoundTripError('x', { code, phase: 'response-body', sent: 'all' });
    const record = exchange({ status: 200, endMs: 1010, error, attempts: [attemptRecord({ startMs: 1000, error })] });
    const [shown] = toPageData({ exchanges: [record], connections: [] }, '').exchanges;
    expect(shown).toMatchObject({ error: undefined, notes: [note] });
    expect(shown?.attempts[0]?.error).toBeUndefined();
  });

  test('what is over without an answer has failed, whatever it failed with', () => {
    const { exchanges } = toPageData({ exchanges: [exchange({ endMs: 1010, error: undefined })], connections: [] }, '');
    expect(exchanges[0]?.error).toBe('it was aborted, and no reason given');
  });

  test('puts an IPv6 address in brackets', () => {
    const { connections } = toPageData({ exchanges: [], connections: [connection({ remoteAddress: '2001:db8::1' })] }, '');
    expect(connections[0]?.remote).toBe('[2001:db8::1]:443');
  });
});
