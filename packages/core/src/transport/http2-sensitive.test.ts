import type { ReceivedFrame } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { answer, FrameBench } from '../../test/frame-bench.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { HttpRequestInit } from '../contract/http-request.ts';
import type { TransportOptions } from './transport-options.ts';

type HeadersFrame = Extract<ReceivedFrame, { readonly type: 'HEADERS' }>;

const SECRET = 'k-0123456789abcdef';
const HEADERS = { 'X-Api-Key': SECRET, 'Authorization': 'Bearer 0123456789', 'X-Client': 'billing' };

/** The heads that a server is sent for the same request, twice over one connection. */
async function headsOf(options: TransportOptions, init: HttpRequestInit = { headers: HEADERS }): Promise<readonly HeadersFrame[]> {
  await using bench = await FrameBench.open(options);
  const first = bench.send(init);
  const server = await bench.accept();
  const heads = [await server.next('HEADERS', ({ streamId }) => streamId === 1)];
  await answer(server, 1);
  await (await first).text();
  const second = bench.send(init);
  heads.push(await server.next('HEADERS', ({ streamId }) => streamId === 3));
  await answer(server, 3);
  await (await second).text();
  return heads;
}

describe('RFC 7541 §7.1.3: what is never indexed', () => {
  test('a token is, and what was not named is not', async () => {
    const [first, second] = await headsOf({});
    expect([first?.neverIndexed, second?.neverIndexed]).toEqual([['authorization'], ['authorization']]);
    expect(second?.fields).toContainEqual(['x-api-key', SECRET]);
  });

  test('a field that was named is, too, in whatever case', async () => {
    const heads = await headsOf({ http2: { sensitiveHeaders: ['X-API-Key'] } });
    for (const head of heads) {
      expect(head.neverIndexed.toSorted()).toEqual(['authorization', 'x-api-key']);
      expect(head.fields).toContainEqual(['x-api-key', SECRET]);
    }
    // The rest comes from the table as ever.
    expect(heads[1]?.block.length).toBeLessThan(60);
  });

  test('so is a field after the body', async () => {
    await using bench = await FrameBench.open({ http2: { sensitiveHeaders: ['x-signature'] } });
    const { server, streamId, response } = await bench.connect({ method: 'POST', body: 'abc', trailers: { 'x-signature': SECRET } });
    expect(await server.next('HEADERS', ({ endStream }) => endStream)).toMatchObject({ neverIndexed: ['x-signature'] });
    await answer(server, streamId);
    await (await response).text();
  });

  test('a host may have names of its own, in place of what all have', async () => {
    const http2 = { sensitiveHeaders: ['x-client'] };
    const [head] = await headsOf({ http2, hosts: { '127.0.0.1': { http2: { sensitiveHeaders: ['x-api-key'] } } } });
    expect(head?.neverIndexed.toSorted()).toEqual(['authorization', 'x-api-key']);
  });

  test('one whose http2 says nothing of them has none', async () => {
    const http2 = { sensitiveHeaders: ['x-client'] };
    const [head] = await headsOf({ http2, hosts: { '127.0.0.1': { http2: { maxEmptyData: 5 } } } });
    expect(head?.neverIndexed).toEqual(['authorization']);
  });
});

test('no event tells the value of a field, and no error', async () => {
  await using bench = await FrameBench.open({ http2: { sensitiveHeaders: ['x-api-key'] } });
  const { server, streamId, response } = await bench.connect({ headers: HEADERS });
  void server.reset(streamId, 'INTERNAL_ERROR');
  const error = await rejectionOf(response);
  expect(error).toMatchObject({ code: 'stream-reset' });
  expect(bench.recorder.all('wroteHeaders').flatMap(({ fieldNames }) => fieldNames())).toContain('x-api-key');
  expect(`${String(error)} ${JSON.stringify(error)} ${JSON.stringify(bench.recorder.events)}`).not.toContain(SECRET);
});
