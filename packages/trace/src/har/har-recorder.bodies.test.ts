import { gzipSync } from 'node:zlib';

import { compose, HttpRequest, Transport } from '@roundtripper/core';
import { BytePeer, TestServer } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { collected } from '../../test/collected.ts';
import { get, recorded } from '../../test/recorded-har.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { harRecorder } from './har-recorder.ts';

test('a body that was cut off is told as far as it came, with what became of it', async () => {
  await using peer = await BytePeer.listen(async (conversation) => {
    await conversation.readHead();
    await conversation.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nabc');
    conversation.end();
  });
  const { only } = await recorded((client) => expect(get(client, peer.url)).rejects.toThrow(), { bodies: 'text' });
  expect(only.response).toMatchObject({ status: 200, bodySize: 3, _error: 'net::ERR_CONNECTION_CLOSED', _errorCode: 'truncated' });
  expect(only.response.content).toEqual({ size: 3, mimeType: 'text/plain', text: 'abc' });
});

test('a body that nobody wants is told to be aborted', async () => {
  await using server = await TestServer.start();
  server.enqueue({ body: ['abc', 'def'], fault: 'stall-body' });
  const { only } = await recorded(
    async (client) => {
      const response = await client.roundTrip(new HttpRequest(server.url));
      await response.dispose();
      await expect(response.text()).rejects.toThrow('disposed');
    },
    { bodies: 'all' },
  );
  expect(only.response).toMatchObject({ status: 200, _error: 'net::ERR_ABORTED', _errorCode: 'body-disposed' });
});

test('text is kept where it is asked for, its coding undone and its secrets left out', async () => {
  await using server = await TestServer.start();
  const json = '{"access_token":"abc","items":["ä","ä","ä","ä","ä","ä","ä","ä"]}';
  const body = gzipSync(json);
  server.enqueue({ headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }, body });
  const { only } = await recorded(
    async (client) => {
      const response = await client.roundTrip(
        new HttpRequest(server.url, { method: 'POST', body: new URLSearchParams({ user: 'u', password: 'p' }) }),
      );
      expect(await response.bytes()).toEqual(new Uint8Array(body));
    },
    { bodies: 'text' },
  );
  expect(only.response.content).toEqual({
    size: Buffer.byteLength(json),
    compression: Buffer.byteLength(json) - body.byteLength,
    mimeType: 'application/json',
    text: json.replace('abc', 'REDACTED'),
  });
  expect(only.request.postData).toEqual({
    mimeType: 'application/x-www-form-urlencoded;charset=UTF-8',
    text: 'user=u&password=REDACTED',
  });
});

test('bytes that are no text are kept where all bodies are', async () => {
  await using server = await TestServer.start();
  const body = Uint8Array.from({ length: 256 }, (_, at) => at);
  const answer = { headers: { 'Content-Type': 'application/octet-stream' }, body };
  server.enqueue(answer, answer);
  const all = await recorded((client) => get(client, server.url), { bodies: 'all' });
  expect(all.only.response.content).toEqual({
    size: 256,
    mimeType: 'application/octet-stream',
    text: Buffer.from(body).toString('base64'),
    encoding: 'base64',
  });
  const text = await recorded((client) => get(client, server.url), { bodies: 'text' });
  expect(text.only.response.content).toEqual({ size: 256, mimeType: 'application/octet-stream' });
});

test('of a large body the beginning is kept, of a reader that stops what it has read', async () => {
  await using server = await TestServer.start();
  const headers = { 'Content-Type': 'text/plain' };
  server.enqueue({ headers, body: 'äöü'.repeat(100) }, { headers, body: ['abc'], fault: 'stall-body' });
  const { log } = await recorded(
    async (client) => {
      expect(await get(client, server.url)).toBe('äöü'.repeat(100));
      const response = await client.roundTrip(new HttpRequest(server.url));
      for await (const chunk of response.chunks()) if (chunk.byteLength > 0) break;
    },
    { bodies: 'text', maxBodyBytes: 5 },
  );
  expect(log.entries[0]?.response.content).toEqual({
    size: 600,
    mimeType: 'text/plain',
    text: 'äö',
    comment: 'of the first 5 bytes of 600',
  });
  expect(log.entries[1]?.response.content).toEqual({ size: 3, mimeType: 'text/plain', text: 'abc' });
});

test('a response without a body is passed on without one', async () => {
  await using server = await TestServer.start();
  server.enqueue({ headers: { 'Content-Type': 'text/plain' }, body: 'abc' }, { status: 204, headers: { 'Content-Type': 'text/plain' } });
  await recorded(
    async (client) => {
      for (const method of ['HEAD', 'GET']) {
        const response = await client.roundTrip(new HttpRequest(server.url, { method }));
        expect(response.body).toBeNull();
      }
    },
    { bodies: 'all' },
  );
});

test('a response that is dropped unread gives its connection back, and is told to be aborted', async () => {
  await using server = await TestServer.start();
  server.enqueue({ headers: { 'Content-Type': 'text/plain' }, body: 'x'.repeat(1_000_000) });
  const transport = new Transport();
  const { only } = await recorded(
    async (client) => {
      // Not in this function: what it holds lives as long as it does.
      const drop = async (): Promise<number> => (await client.roundTrip(new HttpRequest(server.url))).status;
      expect(await drop()).toBe(200);
      while (transport.stats().some(({ busy }) => busy > 0)) {
        globalThis.gc?.();
        await new Promise(setImmediate);
      }
    },
    { bodies: 'text' },
    transport,
  );
  expect(only).toMatchObject({ response: { status: 200, _error: 'net::ERR_ABORTED', _errorCode: 'response-dropped' } });
  expect(only).not.toHaveProperty('comment');
});

test('once it is written, an idle connection holds on to nothing of an exchange', async () => {
  await using server = await TestServer.start();
  await using folder = await temporaryFolder();
  await using recorder = harRecorder({ file: folder.path('requests.har'), bodies: 'all' });
  await using client = compose(recorder, new Transport());
  // Not in this function: what it holds lives as long as it does.
  const send = async (): Promise<WeakRef<HttpRequest>> => {
    const request = new HttpRequest(server.url, { method: 'PUT', body: 'x'.repeat(100_000) });
    await (await client.roundTrip(request)).text();
    return new WeakRef(request);
  };
  await collected(await send());
  expect(recorder.stats()).toMatchObject({ written: 1 });
});
