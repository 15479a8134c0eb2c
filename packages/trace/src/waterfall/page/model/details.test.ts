import { describe, expect, test } from 'vitest';

import { pageAttempt, pageConnection, pageData, pageExchange, segmentsFrom } from '../../../../test/page-data.ts';
import { connectionDetails, connectionText, exchangeDetails, idleText, spoken } from './details.ts';
import { exchangeFacts } from './exchange-facts.ts';
import { modelOf } from './model.ts';

function detailsOf(exchange: ReturnType<typeof pageExchange>): ReturnType<typeof exchangeDetails> {
  const [facts] = exchangeFacts(pageData({ exchanges: [exchange] }));
  if (facts === undefined) throw new Error('there is no exchange');
  return exchangeDetails(facts);
}

describe('the details of a request', () => {
  test('are its phases and its connection', () => {
    const attempt = pageAttempt({
      connection: 3,
      reused: true,
      wasIdle: true,
      idleMs: 20,
      stream: 5,
      receivedBytes: 42,
      segments: segmentsFrom(0, ['wait', 8], ['download', 2]),
    });
    const { title, subtitle, phases, rows } = detailsOf(pageExchange({ proto: 'HTTP/2.0', attempts: [attempt] }));
    expect([title, subtitle]).toEqual(['GET https://example.com/', '#1 · 200 · HTTP/2.0']);
    expect(phases).toEqual([
      ['wait', 8],
      ['download', 2],
    ]);
    expect(rows).toEqual([
      ['Total', '10.0 ms'],
      ['Started at', '+0.00 ms'],
      ['Connection', '3, reused after 20.0 ms idle'],
      ['Stream', '5'],
      ['Received', '42 B'],
    ]);
  });

  test('name each attempt where there are several, and what failed it', () => {
    const attempts = [pageAttempt({ connection: 1, error: 'ECONNRESET' }), pageAttempt({ cause: 'resend', connection: 2, reused: false })];
    const rows = detailsOf(pageExchange({ attempts })).rows.slice(3);
    expect(rows).toEqual([
      ['Attempt 1', ''],
      ['Failed', 'ECONNRESET'],
      ['Connection', '1, new'],
      ['Attempt 2', 'resend'],
      ['Connection', '2, new'],
    ]);
  });

  test.for([
    { exchange: pageExchange({ status: undefined, error: 'gone' }), subtitle: '#1 · failed' },
    { exchange: pageExchange({ error: 'gone' }), subtitle: '#1 · 200, failed' },
    { exchange: pageExchange({ status: undefined, endMs: undefined }), subtitle: '#1 · under way' },
  ])('say how it ended: $subtitle', ({ exchange, subtitle }) => expect(detailsOf(exchange).subtitle).toBe(subtitle));

  test.for([
    { attempt: pageAttempt(), text: 'none' },
    { attempt: pageAttempt({ connection: 1, reused: false }), text: '1, new' },
    { attempt: pageAttempt({ connection: 1, reused: true, wasIdle: false }), text: '1, reused at once' },
  ])('say how it came by its connection: $text', ({ attempt, text }) => expect(connectionText(attempt)).toBe(text));

  test('can be said in one sentence', () => {
    const said = spoken(detailsOf(pageExchange({ error: 'gone', attempts: [pageAttempt({ segments: segmentsFrom(0, ['wait', 10]) })] })));
    expect(said).toBe(
      'GET https://example.com/, #1 · 200, failed, gone, wait 10.0 ms, Total 10.0 ms, Started at +0.00 ms, Connection none',
    );
  });
});

describe('the details of a connection', () => {
  test('are what it carried, its life, its gaps and its end', () => {
    const connection = pageConnection({
      dialMs: 0,
      openedMs: 10,
      closedMs: 90,
      reason: 'idle-timeout',
      meaning: 'idle for too long',
      remote: '192.0.2.1:443',
      carried: 3,
    });
    const exchanges = [
      pageExchange({
        attempts: [pageAttempt({ connection: 1, gotMs: 10, releasedMs: 50, dialled: 1, segments: segmentsFrom(0, ['tls', 10]) })],
      }),
    ];
    const { title, subtitle, phases, rows } = connectionDetails(modelOf(pageData({ connections: [connection], exchanges })), 0);
    expect([title, subtitle]).toEqual(['Connection 1', 'https://example.com · http/1.1']);
    expect(phases).toEqual([['tls', 10]]);
    expect(rows).toEqual([
      ['Carried', '3 requests'],
      ['In this log', '1 request'],
      ['Opened at', '+10.0 ms'],
      ['Opened because', 'first to its origin'],
      ['Lifetime', '80.0 ms'],
      ['Idle', '40.0 ms (50.0 %) in 1 gap'],
      ['Closed', 'idle-timeout: idle for too long'],
      ['Remote address', '192.0.2.1:443'],
    ]);
  });

  test('of a gap say what ended it', () => {
    expect(idleText(10, 30, undefined)).toBe('Idle for 20.0 ms');
    expect(idleText(10, 30, 'idle-timeout')).toBe('Idle for 20.0 ms, then closed: idle-timeout');
  });
});
