import { frames, type FrameConversation } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { isInUse, until } from '../../test/exchanges.ts';
import { settle, type Outcome } from '../../test/hostile/carry.ts';
import { Random } from '../../test/hostile/fuzz/random.ts';
import { answerOn, HELLO, textOf } from '../../test/hostile/http2/engine-bench.ts';
import { SocketBench } from '../../test/hostile/http2/socket-bench.ts';
import { FRAME_TABLES } from '../../test/hostile/http2/tables.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { HttpResponse } from '../contract/http-response.ts';

const STATUS = { ':status': '200' };
const END = { endStream: true };
const HEAD = textOf([frames.headers(1, { ...STATUS, 'content-length': '5' })]);

const MESSAGES: readonly { readonly fact: string; readonly bytes: string }[] = [
  { fact: 'a length', bytes: HEAD + textOf([frames.data(1, 'hello', END)]) },
  { fact: 'an end of its own', bytes: HEAD + textOf([frames.data(1, 'hello'), frames.data(1, '', END)]) },
  { fact: 'no length', bytes: textOf([frames.headers(1, STATUS), frames.data(1, 'hello', END)]) },
  { fact: 'trailers', bytes: HEAD + textOf([frames.data(1, 'hello'), frames.headers(1, { 'x-sum': '1' }, END)]) },
  { fact: 'no body', bytes: textOf([frames.headers(1, { ':status': '204' }, END)]) },
];

/** How a server leaves. `destroy` over TLS sends FIN and no close_notify. */
const LEAVES = ['fin', 'rst', 'destroy'] as const;

function leave(server: FrameConversation, how: (typeof LEAVES)[number]): void {
  if (how === 'fin') server.end();
  else if (how === 'rst') server.resetConnection();
  else server.destroy();
}

function inShort(outcome: Outcome): string {
  return outcome.kind === 'taken' ? `taken ${outcome.body}` : outcome.code;
}

describe.for([
  { name: 'without TLS', tls: false },
  { name: 'over TLS', tls: true },
])('an answer that is cut anywhere is a failure, $name', ({ tls }) => {
  test.for(MESSAGES)('one with $fact', async ({ bytes }) => {
    await using bench = await SocketBench.open({ tls });
    // Half the places in half the ways; the engine's own table has all of them.
    const cuts = Array.from({ length: bytes.length }, (_, at) => at).filter((at) => at % 4 === 0 || at === bytes.length - 1);
    for (const [number, cut] of cuts.entries()) {
      const response = bench.send(`/${cut}`);
      const server = await bench.peer.connection();
      await server.next('HEADERS');
      await server.raw(HELLO + bytes.slice(0, cut));
      leave(server, LEAVES[number % LEAVES.length] ?? 'fin');
      expect(inShort(await settle(response, []))).toMatch(/^(?:truncated|connection-closed|connection-reset)$/);
    }
    expect(bench.transport.stats()).toMatchObject([{ open: 0, waiting: 0, opened: cuts.length }]);
    expect(await bench.exchange('/next')).toBe('ok');
  });
});

async function drain(chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[]): Promise<void> {
  for await (const chunk of chunks) void chunk;
}

const READERS: readonly { readonly fact: string; readonly read: (response: HttpResponse) => Promise<unknown> }[] = [
  { fact: 'text()', read: (response) => response.text() },
  { fact: 'json()', read: (response) => response.json() },
  { fact: 'bytes()', read: (response) => response.bytes() },
  { fact: 'arrayBuffer()', read: (response) => response.arrayBuffer() },
  { fact: 'blob()', read: (response) => response.blob() },
  { fact: 'formData()', read: (response) => response.formData() },
  { fact: 'chunks()', read: (response) => drain(response.chunks()) },
  { fact: 'body', read: (response) => drain(response.body ?? []) },
  { fact: 'a clone', read: (response) => response.clone().text() },
];

describe('CVE-2026-18149: a body that will not come to its end fails who reads it by', () => {
  test.for(READERS)('$fact', async ({ read }) => {
    const ends: readonly ((server: FrameConversation, streamId: number) => void)[] = [
      (server, streamId) => void server.reset(streamId, 'NO_ERROR'),
      (server, streamId) => void server.reset(streamId, 'CANCEL'),
      (server, streamId) => void server.data(streamId, '', END),
      (server) => void server.goAway(0),
      (server) => server.end(),
    ];
    await using bench = await SocketBench.open();
    for (const end of ends) {
      const sent = bench.send('/');
      const server = await bench.peer.connection();
      void server.raw(HELLO);
      const { streamId } = await server.next('HEADERS');
      void server.headers(streamId, { ...STATUS, 'content-length': '5' });
      void server.data(streamId, 'hell');
      const response = await sent;
      const failure = rejectionOf(read(response));
      end(server, streamId);
      expect(await failure).toMatchObject({ code: 'truncated', phase: 'response-body', sent: 'all' });
      server.destroy();
      await server.closed;
      await bench.peer.whenOpenConnections(0);
    }
  });
});

describe('CVE-2026-19534, CVE-2026-85014, CVE-2026-85024, CVE-2026-2229, CVE-2026-1528, CVE-2026-1526: nothing that a peer says is an error that nobody handles', () => {
  // The gates of the test set-up fail a test in which one is raised; here nobody reads, waits or looks.
  test.for(FRAME_TABLES)('$name', async ({ rows: all }) => {
    const rows = all.filter((_, at) => at % 2 === 0);
    const script = async (server: FrameConversation): Promise<void> => {
      const row = rows[server.number - 1];
      await server.raw((row?.isFirst === true ? '' : HELLO) + textOf(row?.says ?? []));
      server.end();
      await server.closed;
    };
    await using bench = await SocketBench.open({ script });
    for (const [at, { request = {} }] of rows.entries()) {
      const { path: _path, isRead: _isRead, isReused: _isReused, ...init } = request;
      const [settled] = await Promise.allSettled([bench.send(`/${at}`, init)]);
      if (settled.status === 'fulfilled') await settled.value.dispose();
      else expect(settled.reason).toBeInstanceOf(Error);
      bench.transport.closeIdleConnections();
      await bench.peer.whenOpenConnections(0);
    }
    expect(bench.peer.connectionsOpened).toBe(rows.length);
  });
});

test('CVE-2026-39865, GHSA-qj83-cq47-w5f8: a hundred connections that end at once, in any order and any way, leave a pool that works', async () => {
  await using bench = await SocketBench.open();
  for (let seed = 1; seed <= 3; seed++) {
    const random = new Random(seed);
    const sent = [];
    const servers: FrameConversation[] = [];
    for (let count = 0; count < 100; count++) {
      sent.push(bench.send('/', { close: true }));
      const server = await bench.peer.connection();
      void server.raw(HELLO);
      await server.next('HEADERS');
      servers.push(server);
    }
    expect(bench.transport.stats()).toMatchObject([{ open: 100, busy: 100 }]);
    while (servers.length > 0) {
      const [server] = servers.splice(random.below(servers.length), 1);
      if (server === undefined) continue;
      if (random.below(4) === 0) void server.goAway(0, 'INTERNAL_ERROR');
      leave(server, random.pick(LEAVES));
    }
    for (const response of sent) expect(await rejectionOf(response)).toMatchObject({ sent: 'all' });
    await bench.peer.whenOpenConnections(0);
    expect(bench.transport.stats().filter(isInUse)).toEqual([]);
    expect(await bench.exchange('/next')).toBe('ok');
    bench.transport.closeIdleConnections();
    await bench.peer.whenOpenConnections(0);
  }
});

describe('a flood over a socket ends the connection, and the next request is answered', () => {
  test.for([
    {
      fact: 'F1: CONTINUATION',
      start: frames.headers(1, STATUS, { endHeaders: false }),
      again: frames.continuation(1, { a: 'b' }, { endHeaders: false }),
    },
    { fact: 'F4: empty DATA', start: frames.headers(1, STATUS), again: frames.data(1, '') },
    { fact: 'F6: PING', start: Buffer.of(), again: frames.ping() },
    { fact: 'F7: SETTINGS', start: Buffer.of(), again: frames.settings() },
    { fact: 'F12: an unknown type', start: Buffer.of(), again: frames.frame({ type: 0xfa }) },
    { fact: 'F14: DATA on a closed stream', start: Buffer.from(answerOn(1), 'latin1'), again: frames.data(1, 'x') },
  ])('$fact', async ({ start, again }) => {
    await using bench = await SocketBench.open();
    const first = bench.send('/');
    const server = await bench.peer.connection();
    void server.raw(HELLO);
    await server.next('HEADERS');
    const second = bench.send('/');
    await server.next('HEADERS');
    void server.raw(start);
    const flood = Buffer.alloc(again.length * 20_000, again);
    while (bench.recorder.closeReasons.length === 0 && (await server.raw(flood)));
    expect(bench.recorder.closeReasons).toEqual(['response-limit']);
    expect(inShort(await settle(second, []))).toBe('response-limit');
    expect(inShort(await settle(first, []))).toMatch(/^(?:response-limit|taken ok)$/);
    expect(await bench.exchange('/next')).toBe('ok');
  });
});

test('a server that takes no notice of a window that is full is told so, and holds up nobody', async () => {
  await using bench = await SocketBench.open(
    {},
    { http2: { maxReceiveBufferPerConnection: 1_048_576, maxReceiveBufferPerStream: 131_072 } },
  );
  const sent = bench.send('/');
  const server = await bench.peer.connection();
  void server.raw(HELLO);
  await server.next('HEADERS');
  void server.headers(1, STATUS);
  const response = await sent;
  const chunk = 'x'.repeat(16_384);
  for (let count = 0; count < 40; count++) void server.data(1, chunk);
  expect(await server.next('RST_STREAM')).toMatchObject({ streamId: 1, code: 'FLOW_CONTROL_ERROR' });
  expect(await rejectionOf(response.text())).toMatchObject({ code: 'malformed-response', phase: 'response-body' });
  expect(await bench.exchange('/next', server)).toBe('ok');
});

test('CVE-2024-24750, GHSA-9f24-jqhm-jfcw: a response that nobody reads is held back by its window, and given up when nobody has it any more', async () => {
  await using bench = await SocketBench.open({}, { http2: { maxReceiveBufferPerConnection: 262_144, maxReceiveBufferPerStream: 131_072 } });
  // Not in this function: what it holds lives as long as it does.
  const status = async (): Promise<number> => (await bench.send('/')).status;
  const sent = status();
  const server = await bench.peer.connection();
  void server.raw(HELLO);
  await server.next('HEADERS');
  void server.headers(1, STATUS);
  expect(await sent).toBe(200);
  for (let count = 0; count < 8; count++) void server.data(1, 'x'.repeat(16_384));
  await server.settle();
  expect(server.all('WINDOW_UPDATE').filter(({ streamId }) => streamId === 1)).toEqual([]);
  await until(() => {
    global.gc?.();
    return server.all('RST_STREAM').length > 0;
  });
  expect(server.all('RST_STREAM')).toMatchObject([{ streamId: 1, code: 'CANCEL' }]);
  expect(await bench.exchange('/next', server)).toBe('ok');
});
