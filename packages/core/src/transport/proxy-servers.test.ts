import { RecordingTrace, testCertificate, TestServer } from '@roundtripper/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

import { fetchText, send } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { RunningServer } from '../../test/servers/running-server.ts';
import { serverBinary } from '../../test/servers/server-binary.ts';
import { Transport } from './transport.ts';

const tls = { ca: testCertificate.ca };
const tinyproxy = await serverBinary('tinyproxy', 'tinyproxy-bin');
const microsocks = await serverBinary('microsocks', 'microsocks');
const folder = await mkdtemp(join(tmpdir(), 'proxies-'));
afterAll(() => rm(folder, { recursive: true }));

/** What it lets pass without being asked for more than it knows of. */
async function startTinyproxy(...lines: readonly string[]): Promise<RunningServer> {
  const file = join(folder, 'tinyproxy.conf');
  return RunningServer.start(tinyproxy.path, async (port) => {
    const config = ['Listen 127.0.0.1', `Port ${port}`, 'Timeout 60', 'MaxClients 20', ...lines];
    await writeFile(file, `${config.join('\n')}\n`);
    return ['-d', '-c', file];
  });
}

describe.skipIf(!tinyproxy.isThere)('tinyproxy', () => {
  test('passes plain requests on, and opens tunnels for the others', async () => {
    await using proxy = await startTinyproxy();
    await using plain = await TestServer.start();
    await using secure = await TestServer.start({ tls: true });
    await using transport = new Transport({ tls, proxy: `http://127.0.0.1:${proxy.port}` });
    const body = 'x'.repeat(1_000_000);
    for (const server of [plain, secure]) {
      const response = await send(transport, `${server.url}/path?query`, { method: 'POST', body });
      expect(await response.text()).toBe('ok');
      server.enqueue({ body });
      expect(await fetchText(transport, server.url)).toBe(body);
      expect(server.requests).toMatchObject([
        { method: 'POST', url: '/path?query' },
        { method: 'GET', url: '/' },
      ]);
      expect(server.requests[0]?.text()).toBe(body);
      expect(server.requests[0]?.header('proxy-authorization')).toBe(undefined);
    }
    expect(new Set(secure.requests.map(({ connection }) => connection)).size).toBe(1);
  });

  test('asks for a name and a password, and is given them', async () => {
    await using proxy = await startTinyproxy('BasicAuth user secret');
    await using plain = await TestServer.start();
    await using secure = await TestServer.start({ tls: true });
    await using known = new Transport({ tls, proxy: `http://user:secret@127.0.0.1:${proxy.port}` });
    for (const server of [plain, secure]) expect(await fetchText(known, server.url)).toBe('ok');
    await using unknown = new Transport({ tls, proxy: `http://user:wrong@127.0.0.1:${proxy.port}` });
    const refused = await send(unknown, plain.url);
    expect(refused.status).toBe(401);
    await refused.dispose();
    const error = await rejectionOf(send(unknown, secure.url));
    expect(error).toMatchObject({ code: 'proxy-refused', phase: 'proxy', sent: 'nothing' });
    expect(String(error)).toMatch(/it answered 401/);
  });

  test('refuses a port that it does not open tunnels to', async () => {
    await using proxy = await startTinyproxy('ConnectPort 443');
    await using secure = await TestServer.start({ tls: true });
    await using transport = new Transport({ tls, proxy: `http://127.0.0.1:${proxy.port}` });
    const recorder = new RecordingTrace();
    const error = await rejectionOf(send(transport, secure.url, { trace: recorder.trace }));
    expect(error).toMatchObject({ code: 'proxy-refused' });
    expect(recorder.all('proxyConnectDone')).toMatchObject([{ status: 403, error }]);
    expect(secure.requests).toEqual([]);
  });
});

describe.skipIf(!microsocks.isThere)('microsocks', () => {
  test.for([
    { fact: 'without a password', args: [], userinfo: '' },
    { fact: 'with a name and a password', args: ['-u', 'user', '-P', 'secret'], userinfo: 'user:secret@' },
  ])('leads to each origin, by name and by address ($fact)', async ({ args, userinfo }) => {
    await using proxy = await RunningServer.start(microsocks.path, (port) => ['-i', '127.0.0.1', '-p', String(port), ...args]);
    await using plain = await TestServer.start();
    await using secure = await TestServer.start({ tls: true });
    await using transport = new Transport({ tls, proxy: `socks5h://${userinfo}127.0.0.1:${proxy.port}` });
    const body = 'x'.repeat(1_000_000);
    for (const server of [plain, secure]) {
      for (const url of [server.url, server.url.replace('127.0.0.1', 'localhost')]) {
        server.enqueue({ body });
        expect(await fetchText(transport, url, { method: 'POST', body })).toBe(body);
        expect(await fetchText(transport, url)).toBe('ok');
      }
      expect(new Set(server.requests.map(({ connection }) => connection)).size).toBe(2);
    }
  });

  test('refuses a wrong password, and an origin that is not there', async () => {
    const args = ['-u', 'user', '-P', 'secret'];
    await using proxy = await RunningServer.start(microsocks.path, (port) => ['-i', '127.0.0.1', '-p', String(port), ...args]);
    await using wrong = new Transport({ proxy: `socks5://user:wrong@127.0.0.1:${proxy.port}` });
    expect(await rejectionOf(send(wrong, 'http://localhost/'))).toMatchObject({ code: 'proxy-refused', phase: 'proxy' });
    const gone = await TestServer.start();
    await gone[Symbol.asyncDispose]();
    await using right = new Transport({ proxy: `socks5://user:secret@127.0.0.1:${proxy.port}` });
    const error = await rejectionOf(send(right, gone.url));
    expect(error).toMatchObject({ code: 'proxy-refused', phase: 'proxy' });
    expect(String(error)).toContain('connection refused');
  });
});
