import { BytePeer, RecordingTrace, TestServer, type SharedHandler } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { fetchText, isInUse, send, until } from '../../test/exchanges.ts';
import type { HttpResponse } from '../contract/http-response.ts';
import { Transport } from './transport.ts';

const BODY_BYTES = 50_000_000;

/** Answers `/large` without end to speak of, and anything else with `ok`. */
function peerWithLargeBody(written: { bytes: number }): Promise<BytePeer> {
  return BytePeer.listen(async (conversation) => {
    for await (const head of conversation.heads()) {
      if (!head.includes(' /large ')) {
        await conversation.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        continue;
      }
      await conversation.write(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY_BYTES}\r\n\r\n`);
      for (let at = 0; at < BODY_BYTES && (await conversation.write(new Uint8Array(100_000))); at += 100_000) written.bytes += 100_000;
    }
  });
}

/** The beginning of a body whose end never comes. */
const stalling: SharedHandler = (_, response) => void response.write('some');

/** Turns of the event loop, each with a garbage collection. */
async function collected(isSo: () => boolean): Promise<void> {
  await until(() => {
    globalThis.gc?.();
    return isSo();
  });
}

test.for([
  { protocol: 'http/1.1', closed: { 'body-abandoned': 1 } },
  { protocol: 'h2', closed: {} },
] as const)('over $protocol, listeners hear of a response that was dropped by a code of its own', async ({ protocol, closed }) => {
  const recording = new RecordingTrace();
  await using server = await TestServer.start({ protocol, handler: stalling });
  await using transport = new Transport({ protocols: { http1: protocol === 'http/1.1', unencryptedHttp2: protocol === 'h2' } });
  // Not in this function: what it holds lives as long as it does.
  const drop = async (): Promise<number> => (await send(transport, server.url, { trace: recording.trace })).status;
  expect(await drop()).toBe(200);
  await collected(() => !transport.stats().some(({ busy }) => busy > 0));
  expect(recording.all('bodyEnd')).toMatchObject([{ error: { code: 'response-dropped', phase: 'response-body', sent: 'all' } }]);
  expect(transport.stats()).toMatchObject([{ closed }]);
});

test.for<{ fact: string; made: (response: HttpResponse) => unknown }>([
  { fact: 'was made of it', made: (response) => response.with({ status: 201 }) },
  { fact: 'was made of one that was made of it', made: (response) => response.with({ status: 201 }).with({ statusText: 'x' }) },
  { fact: 'is its clone, and itself', made: (response) => [response.clone(), response] },
])('a response that $fact is dropped, and gives its connection up', async ({ made }) => {
  await using server = await TestServer.start({ handler: stalling });
  await using transport = new Transport();
  // Not in this function: what it holds lives as long as it does.
  const drop = async (): Promise<boolean> => made(await send(transport, server.url)) !== undefined;
  expect(await drop()).toBe(true);
  await collected(() => !transport.stats().some(({ busy }) => busy > 0));
  expect(transport.stats()).toMatchObject([{ closed: { 'body-abandoned': 1 } }]);
});

describe('CVE-2024-24750, GHSA-9f24-jqhm-jfcw: a response that nobody reads', () => {
  test('is held back by its server, and gives its connection up when nobody has it any more', async () => {
    const written = { bytes: 0 };
    await using peer = await peerWithLargeBody(written);
    await using transport = new Transport();
    // Not in this function: what it holds lives as long as it does.
    const status = async (): Promise<number> => (await send(transport, `${peer.url}/large`)).status;
    expect(await status()).toBe(200);
    await collected(() => !transport.stats().some(isInUse));
    expect(transport.stats()).toMatchObject([{ closed: { 'body-abandoned': 1 } }]);
    expect(written.bytes).toBeLessThan(BODY_BYTES);
    await peer.whenOpenConnections(0);
    expect(await fetchText(transport, peer.url)).toBe('ok');
  });

  test.for<{ fact: string; take: (response: HttpResponse) => AsyncIterable<Uint8Array> | null }>([
    { fact: 'its chunks are still there to be read', take: (response) => response.chunks() },
    { fact: 'a stream of it is', take: (response) => response.body },
    { fact: 'another response has its body', take: (response) => response.with({ status: 201 }).body },
  ])('is not given up while $fact', async ({ take }) => {
    await using peer = await peerWithLargeBody({ bytes: 0 });
    await using transport = new Transport();
    const taken = async (): Promise<AsyncIterable<Uint8Array> | null> => take(await send(transport, `${peer.url}/large`));
    const chunks = await taken();
    for (let turn = 0; turn < 20; turn++) await collected(() => true);
    let bytes = 0;
    for await (const chunk of chunks ?? []) bytes += chunk.byteLength;
    expect(bytes).toBe(BODY_BYTES);
  });
});
