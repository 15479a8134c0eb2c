import { compose, HttpRequest, HttpResponse, roundTripper, Transport, type RoundTripper } from '@roundtripper/core';
import { TestServer } from '@roundtripper/testing';
import type { Har as PublicHar } from 'har-format';
import { expect, test } from 'vitest';

import { checkedHar } from '../../test/har-schema.ts';
import { traceLog } from '../trace-log.ts';
import type { Har } from './har-format.ts';
import { toHar } from './to-har.ts';

async function get(client: RoundTripper, url: string): Promise<string> {
  return (await client.roundTrip(new HttpRequest(url, { headers: { Authorization: 'Bearer secret' } }))).text();
}

test('what a log has kept is a HAR document', async () => {
  await using server = await TestServer.start();
  const log = traceLog();
  {
    await using client = compose(log, new Transport());
    await get(client, `${server.url}/a?token=secret&page=1`);
    await get(client, `${server.url}/b`);
  }
  const { entries, comment } = checkedHar(JSON.stringify(toHar(log))).log;
  expect(entries).toMatchObject([
    {
      request: { url: `${server.url}/a?token=REDACTED&page=1`, headers: [], headersSize: -1 },
      response: { status: 200, statusText: '', headers: [], content: { size: 2, mimeType: 'x-unknown' } },
      _connectionReused: false,
    },
    { request: { url: `${server.url}/b` }, _connectionReused: true },
  ]);
  expect(comment).toBeUndefined();
});

test('it has the headers that the log has kept, redacted unless that is not wanted', async () => {
  const log = traceLog({ keepHeaders: true });
  const client = compose(
    log,
    roundTripper(async (request) => new HttpResponse('ok', { request, headers: { 'Set-Cookie': 'a=secret', 'Content-Length': '2' } })),
  );
  await get(client, 'http://example.com/');
  const redacted = toHar(log);
  expect(JSON.stringify(redacted)).not.toContain('secret');
  expect(redacted.log.entries[0]?.request.headers).toEqual([{ name: 'Authorization', value: 'Bearer REDACTED' }]);
  expect(redacted.log.entries[0]?.response).toMatchObject({
    cookies: [{ name: 'a', value: 'REDACTED' }],
    content: { size: 2 },
    bodySize: 0,
  });
  expect(toHar(log, { redact: false }).log.entries[0]?.request.headers).toEqual([{ name: 'Authorization', value: 'Bearer secret' }]);
});

test('it says what is missing', async () => {
  const log = traceLog({ maxExchanges: 2 });
  const release = Promise.withResolvers<void>();
  const client = compose(
    log,
    roundTripper(async (request) => {
      if (request.target.path === '/late') await release.promise;
      return new HttpResponse('ok', { request });
    }),
  );
  for (const path of ['/1', '/2']) await get(client, `http://example.com${path}`);
  const late = get(client, 'http://example.com/late');
  const har = toHar(log, { creator: { name: 'a program', version: '2' } });
  expect(checkedHar(JSON.stringify(har)).log).toMatchObject({
    creator: { name: 'a program', version: '2' },
    entries: [{ request: { url: 'http://example.com/2' } }],
    comment: 'exchanges that are missing here: 1 that the log has dropped; 1 that were under way',
  });
  release.resolve();
  await late;
});

test('it can be given to whoever takes the public types of the format', () => {
  const asTheirs = (har: Mutable<Har>): PublicHar => har;
  expect(asTheirs).toBeTypeOf('function');
});

/** Theirs are not read-only. */
type Mutable<T> = T extends object ? { -readonly [Key in keyof T]: Mutable<T[Key]> } : T;
