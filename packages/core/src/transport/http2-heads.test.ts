import type { FieldsToSend, FrameConversation, RecordedField } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { answer, FrameBench } from '../../test/frame-bench.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { HttpRequestInit } from '../contract/http-request.ts';
import type { RoundTripErrorCode } from '../contract/round-trip-error.ts';

/** So many fields of 40 bytes as RFC 9113 §6.5.2 counts, which are 10 on the wire. */
function many(count: number): RecordedField[] {
  return Array.from({ length: count }, (_, at) => [`x${String(at).padStart(3, '0')}`, 'abcd'] as const);
}

/** The next request on the connection goes well. */
async function expectGoesOn(bench: FrameBench, server: FrameConversation): Promise<void> {
  const { streamId, response } = await bench.begin(server);
  await answer(server, streamId);
  expect(await (await response).text()).toBe('ok');
  expect([bench.recorder.closeReasons, bench.peer.connectionsOpened]).toEqual([[], 1]);
}

describe('Go D.11: a response head', () => {
  test('is read as it came: fields in order, a status without a text', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    const fields: RecordedField[] = [
      [':status', '299'],
      ['set-cookie', 'a=1'],
      ['x-a', 'one'],
      ['set-cookie', 'b=2'],
      ['x-a', 'two'],
      ['x-empty', ''],
    ];
    void server.headers(streamId, fields);
    await server.data(streamId, 'ok', { endStream: true });
    const answered = await response;
    expect(answered).toMatchObject({ status: 299, statusText: '', proto: 'HTTP/2.0', contentLength: undefined });
    expect([...answered.headers.fields()]).toEqual(fields.slice(1));
    expect([answered.headers.getSetCookie(), answered.headers.get('x-a')]).toEqual([['a=1', 'b=2'], 'one, two']);
    expect(answered.connection).toMatchObject({ protocol: 'h2', reused: false, remoteAddress: '127.0.0.1' });
    await answered.text();
  });

  test.for<{ fact: string; fields: FieldsToSend }>([
    { fact: 'without :status', fields: { 'x-a': '1' } },
    {
      fact: 'with :status twice',
      fields: [
        [':status', '200'],
        [':status', '200'],
      ],
    },
    {
      fact: 'with :status after a field',
      fields: [
        ['x-a', '1'],
        [':status', '200'],
      ],
    },
    { fact: 'with a pseudo-field of requests', fields: { ':status': '200', ':path': '/' } },
    { fact: 'with a :status that is no number', fields: { ':status': '2xx' } },
    { fact: 'with :status 101, which HTTP/2 does not have', fields: { ':status': '101', 'upgrade': 'x' } },
    { fact: 'with capital letters', fields: { ':status': '200', 'X-A': '1' } },
    { fact: 'with a name that is empty', fields: { ':status': '200', '': '1' } },
    { fact: 'with a line break in a value', fields: { ':status': '200', 'x-a': '1\r\nx-b: 2' } },
    { fact: 'with Connection', fields: { ':status': '200', 'connection': 'close' } },
    { fact: 'with Transfer-Encoding', fields: { ':status': '200', 'transfer-encoding': 'chunked' } },
    {
      fact: 'with lengths that differ',
      fields: [
        [':status', '200'],
        ['content-length', '1'],
        ['content-length', '2'],
      ],
    },
    { fact: 'with a length that is none', fields: { ':status': '200', 'content-length': '-1' } },
    { fact: 'that is interim and ends the stream', fields: { ':status': '103' } },
  ])('$fact ends its stream, and the connection goes on', async ({ fields }) => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, fields, { endStream: true });
    expect(await rejectionOf(response)).toMatchObject({ code: 'malformed-response', phase: 'response-head', sent: 'all' });
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId, code: 'PROTOCOL_ERROR' });
    await expectGoesOn(bench, server);
  });

  test('a length that is said twice is one, as in HTTP/1.1', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, [
      [':status', '200'],
      ['content-length', '2'],
      ['content-length', '2'],
    ]);
    await server.data(streamId, 'ok', { endStream: true });
    expect((await response).contentLength).toBe(2);
    expect(await (await response).text()).toBe('ok');
  });

  test('a field of the response that came in pieces of a block is one', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '200' }, { endHeaders: false, padding: 5, priority: { weight: 1 } });
    void server.continuation(streamId, { 'x-a': '1' }, { endHeaders: false });
    void server.continuation(streamId, { 'x-b': '2' });
    await server.data(streamId, '', { endStream: true });
    expect([...(await response).headers]).toEqual([
      ['x-a', '1'],
      ['x-b', '2'],
    ]);
    await (await response).text();
  });
});

describe('Go D.11: how large a head may be', () => {
  const options = { maxResponseHeaderBytes: 2_048 };

  test('as large as announced, to the byte', async () => {
    await using bench = await FrameBench.open(options);
    const { server, streamId, response } = await bench.connect();
    // 42 of `:status`, 50 × 40, and 6 more.
    void server.headers(streamId, [[':status', '200'], ...many(49), ['x-rest', 'abcdefgh']]);
    await server.data(streamId, '', { endStream: true });
    expect((await response).headers.get('x-rest')).toBe('abcdefgh');
    await (await response).text();
  });

  test('one that is larger ends its stream, and the table of the connection stays as it was', async () => {
    await using bench = await FrameBench.open(options);
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, [[':status', '200'], ...many(49), ['x-rest', 'abcdefghi']]);
    expect(await rejectionOf(response)).toMatchObject({ code: 'response-limit', phase: 'response-head' });
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId, code: 'ENHANCE_YOUR_CALM' });
    await expectGoesOn(bench, server);
  });

  test('and so do trailers', async () => {
    await using bench = await FrameBench.open(options);
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '200' });
    void server.data(streamId, 'ok');
    const text = (await response).text();
    void server.headers(streamId, many(52), { endStream: true });
    expect(await rejectionOf(text)).toMatchObject({ code: 'response-limit', phase: 'response-body' });
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId, code: 'ENHANCE_YOUR_CALM' });
    await expectGoesOn(bench, server);
  });

  test('a block that takes more than that on the wire ends the connection', async () => {
    await using bench = await FrameBench.open(options);
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '200', 'x-large': 'x'.repeat(3_000) });
    expect(await rejectionOf(response)).toMatchObject({ code: 'response-limit', phase: 'response-head' });
    expect(await server.next('GOAWAY')).toMatchObject({ code: 'ENHANCE_YOUR_CALM' });
    expect(bench.recorder.closeReasons).toEqual(['response-limit']);
  });
});

describe('Go D.11: a request head', () => {
  test('larger than the server takes is refused before anything is written, and the next is read aright', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm({ MAX_HEADER_LIST_SIZE: 400 });
    const headers = { 'X-Large': 'x'.repeat(300), 'X-Other': 'y' };
    const error = await rejectionOf(bench.send({ headers }));
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain('the server takes 400');
    const { streamId, response } = await bench.begin(server, { headers: { 'X-Other': 'y' } });
    expect([
      streamId,
      server
        .all('HEADERS')
        .at(-1)
        ?.fields.find(([name]) => name === 'x-other'),
    ]).toEqual([3, ['x-other', 'y']]);
    await answer(server, streamId);
    expect(await (await response).text()).toBe('ok');
  });

  test('that comes before the server has said what it takes goes out', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect({ headers: { 'X-Large': 'x'.repeat(300) } }, { MAX_HEADER_LIST_SIZE: 100 });
    await answer(server, streamId);
    expect(await (await response).text()).toBe('ok');
  });

  test('larger than a frame goes out in several', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect({ headers: { 'X-Large': '~'.repeat(40_000) } });
    const head = server.all('HEADERS')[0];
    expect(head?.parts.every((bytes) => bytes <= 16_384)).toBe(true);
    expect(head?.fields.find(([name]) => name === 'x-large')?.[1]).toHaveLength(40_000);
    await answer(server, streamId);
    expect(await (await response).text()).toBe('ok');
  });

  test('carries method, scheme, authority and path first, then fields in lower case and in order', async () => {
    await using bench = await FrameBench.open();
    const init = { method: 'PUT', headers: { 'X-B': '2', 'X-A': '1', 'Host': 'example.com' }, body: 'text' };
    const { server } = await bench.connect(init);
    expect(server.all('HEADERS')[0]?.fields).toEqual([
      [':method', 'PUT'],
      [':scheme', 'http'],
      [':authority', 'example.com'],
      [':path', '/'],
      ['x-b', '2'],
      ['x-a', '1'],
      ['content-type', 'text/plain;charset=UTF-8'],
      ['user-agent', 'roundtripper'],
      ['content-length', '4'],
    ]);
  });

  test('has cookies in pieces, and what is secret in no table on the way', async () => {
    await using bench = await FrameBench.open();
    const { server } = await bench.connect({ headers: { Cookie: 'a=1; session=0123456789; c=3', Authorization: 'Bearer secret' } });
    const { fields, neverIndexed } = server.all('HEADERS')[0] ?? { fields: [], neverIndexed: [] };
    expect(fields.filter(([name]) => name === 'cookie').map(([, value]) => value)).toEqual(['a=1', 'session=0123456789', 'c=3']);
    expect(neverIndexed).toContain('authorization');
  });

  test.for<{ fact: string; init: HttpRequestInit }>([
    { fact: 'Upgrade', init: { headers: { Upgrade: 'websocket', Connection: 'Upgrade' } } },
    { fact: 'a transfer coding', init: { method: 'POST', body: 'x', headers: { 'Transfer-Encoding': 'gzip' } } },
    { fact: 'an option of the connection', init: { headers: { Connection: 'x-a' } } },
  ])('with $fact cannot be sent: a TypeError, and the connection goes on', async ({ init }) => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    expect(await rejectionOf(bench.send(init))).toBeInstanceOf(TypeError);
    expect(server.all('HEADERS')).toHaveLength(1);
    await expectGoesOn(bench, server);
  });

  test('without a body has no length, but where the method defines one', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    for (const method of ['GET', 'DELETE', 'POST', 'PUT']) {
      const { streamId, response } = await bench.begin(server, { method });
      await answer(server, streamId);
      await (await response).text();
    }
    const lengths = server.all('HEADERS').map(({ fields }) => fields.find(([name]) => name === 'content-length')?.[1]);
    expect(lengths).toEqual([undefined, undefined, undefined, '0', '0']);
  });

  test('asks for a table no larger than the server’s, and uses none where it has none', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm({ HEADER_TABLE_SIZE: 0 });
    const headers = { 'X-A': 'the same each time' };
    const blocks: Buffer[] = [];
    for (let count = 0; count < 3; count++) {
      const { streamId, response } = await bench.begin(server, { headers });
      await answer(server, streamId);
      await (await response).text();
      blocks.push(server.all('HEADERS').at(-1)?.block ?? Buffer.alloc(0));
    }
    expect(blocks[0]?.[0]).toBe(0x20);
    expect(blocks[2]?.equals(blocks[1] ?? Buffer.alloc(0))).toBe(true);
  });
});

test('RFC 9113 §6.5.3: a table that one frame of SETTINGS takes away and gives back is empty, and both are said', async () => {
  await using bench = await FrameBench.open();
  const server = await bench.warm();
  void server.settings([
    ['HEADER_TABLE_SIZE', 0],
    ['HEADER_TABLE_SIZE', 4_096],
  ]);
  await server.settle();
  const { streamId, response } = await bench.begin(server);
  await answer(server, streamId);
  await (await response).text();
  expect(server.all('HEADERS').at(-1)?.block.subarray(0, 4).toString('hex')).toBe('203fe11f');
});

describe('Go D.11: trailers', () => {
  interface Row {
    readonly fact: string;
    readonly act: (server: FrameConversation, streamId: number) => void;
    readonly code: RoundTripErrorCode;
  }

  test.for<Row>([
    { fact: 'that do not end the stream', act: (server, id) => void server.headers(id, { 'x-sum': '1' }), code: 'malformed-response' },
    {
      fact: 'with :status',
      act: (server, id) => void server.headers(id, { ':status': '200' }, { endStream: true }),
      code: 'malformed-response',
    },
    {
      fact: 'with capital letters',
      act: (server, id) => void server.headers(id, { 'X-Sum': '1' }, { endStream: true }),
      code: 'malformed-response',
    },
    {
      fact: 'with Connection',
      act: (server, id) => void server.headers(id, { connection: 'close' }, { endStream: true }),
      code: 'malformed-response',
    },
  ])('$fact end the stream', async ({ act, code }) => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '200' });
    void server.data(streamId, 'ok');
    const text = (await response).text();
    act(server, streamId);
    expect(await rejectionOf(text)).toMatchObject({ code, phase: 'response-body' });
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId, code: 'PROTOCOL_ERROR' });
    await expectGoesOn(bench, server);
  });

  test('of the response are there at its end, announced or not, without those that frame or authenticate', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '200', 'trailer': 'x-sum' });
    const answered = await response;
    expect([...answered.trailers]).toEqual([]);
    void server.data(streamId, 'ok');
    const fields = { 'x-sum': '1', 'x-more': '2', 'content-length': '7', 'set-cookie': 'a=b', 'authorization': 'x' };
    void server.headers(streamId, fields, { endStream: true });
    expect(await answered.text()).toBe('ok');
    expect([...answered.trailers]).toEqual([
      ['x-more', '2'],
      ['x-sum', '1'],
    ]);
    expect(answered.headers.get('trailer')).toBe('x-sum');
  });

  test('may come without a body', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '200' });
    void server.headers(streamId, { 'grpc-status': '0' }, { endStream: true });
    const answered = await response;
    expect([await answered.text(), answered.trailers.get('grpc-status')]).toEqual(['', '0']);
  });

  test('that come before the body is whole are too early', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '200', 'content-length': '5' });
    void server.data(streamId, 'ok');
    const text = (await response).text();
    void server.headers(streamId, { 'x-sum': '1' }, { endStream: true });
    expect(await rejectionOf(text)).toMatchObject({ code: 'truncated' });
  });

  test('of the request follow its body, and are announced where they are known', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    let sum = '';
    for (const trailers of [{ 'X-Sum': '4' }, () => ({ 'X-Sum': sum })]) {
      sum = 'computed';
      const { streamId, response } = await bench.begin(server, { method: 'POST', body: 'text', trailers });
      const { fields, endStream } = await server.next('HEADERS', (frame) => frame.endStream);
      expect([streamId, fields, endStream]).toEqual([streamId, [['x-sum', typeof trailers === 'function' ? 'computed' : '4']], true]);
      await answer(server, streamId);
      await (await response).text();
    }
    const announced = server.all('HEADERS').map((frame) => frame.fields.find(([name]) => name === 'trailer')?.[1]);
    expect(announced).toEqual([undefined, 'x-sum', undefined, undefined, undefined]);
  });

  test.for<{ fact: string; trailers: NonNullable<HttpRequestInit['trailers']> }>([
    { fact: 'that the caller fails to compute', trailers: () => fail() },
    { fact: 'that may not come after a body', trailers: () => ({ 'Content-Length': '4' }) },
    { fact: 'larger than the server takes', trailers: () => ({ 'X-Large': 'x'.repeat(400) }) },
  ])('of the request $fact fail it, and reset its stream', async ({ trailers }) => {
    await using bench = await FrameBench.open();
    const server = await bench.warm({ MAX_HEADER_LIST_SIZE: 400 });
    const { streamId, response } = await bench.begin(server, { method: 'POST', body: 'text', trailers });
    expect(await rejectionOf(response)).toMatchObject({ code: 'request-body-failed', phase: 'request', sent: 'partial' });
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId, code: 'CANCEL' });
    await expectGoesOn(bench, server);
  });
});

function fail(): never {
  throw new Error('no sum');
}

describe('whitespace around a value, which RFC 9113 §8.2.1 forbids', () => {
  test.for([
    { trimFieldValues: false, outcome: { code: 'malformed-response' } },
    { trimFieldValues: true, outcome: 'text/plain' },
  ])('with trimFieldValues: $trimFieldValues', async ({ trimFieldValues, outcome }) => {
    await using bench = await FrameBench.open({ http2: { trimFieldValues } });
    const { server, streamId, response } = await bench.connect();
    await server.headers(streamId, { ':status': '200', 'content-type': ' text/plain\t' }, { endStream: true });
    if (typeof outcome === 'string') expect((await response).headers.get('content-type')).toBe(outcome);
    else expect(await rejectionOf(response)).toMatchObject(outcome);
  });
});

test('what no server has a reason to do is told as it is counted', async () => {
  await using bench = await FrameBench.open();
  const { server, streamId, response } = await bench.connect();
  await server.frame({ type: 0x2, streamId, payload: Buffer.alloc(5) });
  await answer(server, streamId);
  expect(await (await response).text()).toBe('ok');
  expect(bench.recorder.all('gotGlitch')).toMatchObject([{ glitch: 'ignored-frame' }]);
});
