import { BytePeer, RecordingTrace, TestClock, TestServer, checkTree, testCertificate, type PeerScript } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { send, until } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { TestProxy } from '../../test/servers/test-proxy.ts';
import type { TransportOptions } from './transport-options.ts';
import { Transport } from './transport.ts';

const tls = { ca: testCertificate.ca };
const TARGET = 'https://origin.test/secret-path';

/** A proxy of which it is known what it was sent. */
interface Scripted extends AsyncDisposable {
  readonly url: string;
  readonly peer: BytePeer;
  readonly heads: string[];
  /** What came after the first head. */
  readonly rest: Buffer[];
}

/** Answers CONNECT with these bytes, and notes all that comes after it. */
async function answering(...answers: readonly (string | Uint8Array)[]): Promise<Scripted> {
  const heads: string[] = [];
  const rest: Buffer[] = [];
  const peer = await BytePeer.listen(async (conversation) => {
    heads.push(await conversation.readHead());
    for (const answer of answers) await conversation.write(answer);
    rest.push(await conversation.readUntilClose());
  });
  return { url: peer.url, peer, heads, rest, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}

describe('an answer to CONNECT', () => {
  test.for([
    {
      fact: 'a challenge',
      answer: 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 3\r\n\r\nno!',
      says: /407 "Proxy Authentication Required"/,
    },
    { fact: 'a redirect', answer: 'HTTP/1.1 302 Found\r\nLocation: http://else.test/\r\n\r\n', says: /302 "Found"/ },
    {
      fact: 'a page',
      answer: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
      says: /sent (?:more than its answer|5 bytes)/,
      code: 'proxy-failed',
    },
    { fact: 'another success', answer: 'HTTP/1.1 204 No Content\r\n\r\n', says: /204/ },
    { fact: 'an error without a text', answer: 'HTTP/1.1 503 \r\n\r\n', says: /503 ""/ },
    { fact: 'an error with an odd text', answer: 'HTTP/1.1 403 \xe9\x9b"\r\n\r\n', says: /403 "é\\u009b\\""/ },
  ])(
    'that is $fact gives no way, and not a byte of the request is sent (GHSA-pc5p-h8pf-mvwp)',
    async ({ answer, says, code = 'proxy-refused' }) => {
      await using proxy = await answering(answer);
      await using transport = new Transport({ tls, proxy: proxy.url });
      const recorder = new RecordingTrace();
      const error = await rejectionOf(send(transport, TARGET, { method: 'POST', body: 'secret-body', trace: recorder.trace }));
      expect(error).toMatchObject({ code, phase: 'proxy', sent: 'nothing', timeout: false, origin: 'https://origin.test' });
      expect(String(error)).toMatch(says);
      expect(String(error)).toContain(`https://origin.test by ${proxy.url}: asking the proxy failed: `);
      const status = Number(/\d{3}/.exec(answer)?.[0]);
      expect(recorder.all('proxyConnectDone')).toEqual([{ kind: 'proxyConnectDone', proxy: proxy.url, status, error }]);
      await proxy.peer.whenOpenConnections(0);
      expect(proxy.heads).toEqual(['CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\nUser-Agent: roundtripper\r\n\r\n']);
      expect(proxy.rest).toEqual([Buffer.alloc(0)]);
      expect(transport.stats()).toMatchObject([{ open: 0, dialing: 0, opened: 0 }]);
    },
  );

  test.for<{ fact: string; script: PeerScript; says: RegExp }>([
    {
      fact: 'is not HTTP',
      script: async (conversation) => {
        await conversation.write('SSH-2.0-OpenSSH_9.2\r\n');
      },
      says: /not HTTP as it should be/,
    },
    { fact: 'never comes, and the connection ends', script: (conversation) => conversation.end(), says: /closed the connection before/ },
    { fact: 'never comes, and the connection is reset', script: (conversation) => conversation.reset(), says: /ECONNRESET/ },
    {
      fact: 'is cut off',
      script: async (conversation) => {
        await conversation.write('HTTP/1.1 200 OK\r\nX: ');
        conversation.end();
      },
      says: /closed the connection before its answer was whole/,
    },
    {
      fact: 'is whole, with the end of the connection behind it',
      script: async (conversation) => {
        await conversation.write('HTTP/1.1 200 OK\r\n\r\n');
        conversation.destroy();
      },
      says: /./,
    },
    {
      fact: 'is larger than heads may be',
      script: async (conversation) => {
        await conversation.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(2_000)}\r\n\r\n`);
      },
      says: /1024 bytes/,
    },
    {
      fact: 'comes after more interim ones than are taken',
      script: async (conversation) => {
        await conversation.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(3));
      },
      says: /more than 2 interim/,
    },
    {
      fact: 'switches protocols, which nobody has asked for',
      script: async (conversation) => {
        await conversation.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
      },
      says: /101/,
    },
  ])('that $fact fails the dial', async ({ script, says }) => {
    await using peer = await BytePeer.listen(async (conversation) => {
      await conversation.readHead();
      await script(conversation);
      await conversation.closed;
    });
    await using transport = new Transport({ tls, proxy: peer.url, maxResponseHeaderBytes: 1_024, maxInterimResponses: 2 });
    const error = await rejectionOf(send(transport, TARGET));
    expect(error).toMatchObject({ sent: 'nothing' });
    // Where the end comes in a packet of its own it may be the handshake that meets it.
    if (says.source !== '.') expect(error).toMatchObject({ code: 'proxy-failed', phase: 'proxy' });
    expect(String(error)).toMatch(says);
    await peer.whenOpenConnections(0);
  });

  test('may come byte by byte, after interim ones', async () => {
    await using server = await TestServer.start({ tls: true });
    const answer = 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 \r\nX: y\r\n\r\n';
    await using peer = await BytePeer.listen(async (conversation) => {
      await conversation.readHead();
      for (const byte of answer) {
        await conversation.write(byte);
        await new Promise(setImmediate);
      }
      conversation.destroy();
    });
    const recorder = new RecordingTrace();
    await using transport = new Transport({ tls, proxy: peer.url });
    await rejectionOf(send(transport, server.url, { trace: recorder.trace }));
    expect(recorder.all('proxyConnectDone')).toEqual([{ kind: 'proxyConnectDone', proxy: peer.url, status: 200 }]);
  });
});

describe('the time limits', () => {
  test.for<{ fact: string; options: TransportOptions; code: string; phase: string; script: PeerScript; tls?: boolean }>([
    {
      fact: 'a proxy that does not answer meets proxyConnectTimeout',
      options: { proxyConnectTimeout: 700, dialTimeout: 100, tlsHandshakeTimeout: 100 },
      code: 'proxy-timeout',
      phase: 'proxy',
      script: async (conversation) => void (await conversation.readUntilClose()),
    },
    {
      fact: 'one that does not answer the handshake with it meets tlsHandshakeTimeout',
      options: { tlsHandshakeTimeout: 700, dialTimeout: 100, proxyConnectTimeout: 100 },
      code: 'tls-timeout',
      phase: 'tls',
      script: async (conversation) => void (await conversation.readUntilClose()),
      tls: true,
    },
    {
      fact: 'an origin that does not answer the handshake meets tlsHandshakeTimeout',
      options: { tlsHandshakeTimeout: 700, dialTimeout: 100, proxyConnectTimeout: 100 },
      code: 'tls-timeout',
      phase: 'tls',
      script: async (conversation) => {
        await conversation.readHead();
        await conversation.write('HTTP/1.1 200 OK\r\n\r\n');
        await conversation.readUntilClose();
      },
    },
  ])('$fact', async ({ options, code, phase, script, tls: isTls = false }) => {
    const clock = new TestClock();
    await using peer = await BytePeer.listen(script);
    await using transport = new Transport({ tls, clock, proxy: `${isTls ? 'https' : 'http'}://127.0.0.1:${peer.port}`, ...options });
    const recorder = new RecordingTrace();
    const failed = rejectionOf(send(transport, TARGET, { trace: recorder.trace }));
    const start = phase === 'proxy' ? 'proxyConnectStart' : 'tlsHandshakeStart';
    await until(() => recorder.kinds.includes(start));
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(699);
    expect(recorder.kinds).not.toContain('requestFailed');
    await clock.advance(1);
    expect(await failed).toMatchObject({ code, phase, timeout: true, sent: 'nothing' });
    expect(checkTree(recorder.events)).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
    await peer.whenOpenConnections(0);
  });
});

test.for(['dnsStart', 'connectStart', 'connectDone', 'proxyConnectStart', 'proxyConnectDone', 'tlsHandshakeStart'] as const)(
  'a Transport that is closed by who hears of %s leaves nothing open at the proxy',
  async (kind) => {
    await using proxy = await TestProxy.start();
    await using server = await TestServer.start({ tls: true });
    const transport = new Transport({
      tls,
      proxy: `http://localhost:${proxy.port}`,
      lookup: (_hostname, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
    });
    let closed: Promise<void> | undefined;
    const recorder = new RecordingTrace((event) => {
      if (event.kind === kind) closed ??= transport.close({ graceful: false });
    });
    const error = await rejectionOf(send(transport, server.url, { trace: recorder.trace }));
    expect(error).toMatchObject({ code: 'transport-closed', sent: 'nothing' });
    await closed;
    await until(() => proxy.openConnections === 0);
    expect(checkTree(recorder.events)).toEqual([]);
  },
);

test('a proxy that cannot be reached, or whose certificate is not trusted, fails as an origin does', async () => {
  const gone = await TestProxy.start();
  await gone[Symbol.asyncDispose]();
  await using refused = new Transport({ proxy: `http://${gone.host}` });
  expect(await rejectionOf(send(refused, TARGET))).toMatchObject({ code: 'dial-failed', phase: 'connect', origin: 'https://origin.test' });
  expect(await rejectionOf(send(refused, 'http://origin.test/'))).toMatchObject({ code: 'dial-failed', origin: `http://${gone.host}` });
  await using proxy = await TestProxy.start({ tls: true });
  await using strange = new Transport({ proxy: `https://${proxy.host}` });
  const error = await rejectionOf(send(strange, TARGET));
  expect(error).toMatchObject({ code: 'tls-failed', cause: { code: 'SELF_SIGNED_CERT_IN_CHAIN' } });
  expect(String(error)).toContain(`https://origin.test by https://${proxy.host}: the TLS handshake with the proxy failed: `);
  expect(proxy.requests).toEqual([]);
});

describe('CONNECT', () => {
  test('has the caller’s fields, but none that are ours to say', async () => {
    await using proxy = await answering('HTTP/1.1 403 No\r\n\r\n');
    const proxyConnectHeaders = {
      'X-Team': 'a',
      'User-Agent': 'own',
      'Host': 'else',
      'Content-Length': '5',
      'Proxy-Authorization': 'mine',
    };
    await using transport = new Transport({ proxy: proxy.url, proxyConnectHeaders });
    await rejectionOf(
      send(transport, 'https://[2001:db8::1]:8443/', { headers: { 'Cookie': 'secret', 'Proxy-Authorization': 'for the origin' } }),
    );
    await using other = new Transport({ proxy: proxy.url.replace('//', '//user:pass@'), proxyConnectHeaders });
    await rejectionOf(send(other, TARGET));
    expect(proxy.heads).toEqual([
      'CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\nX-Team: a\r\nUser-Agent: own\r\nProxy-Authorization: mine\r\n\r\n',
      'CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\nX-Team: a\r\nUser-Agent: own\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n',
    ]);
  });

  test('asks the caller for them each time, and knows what it is asked for', async () => {
    await using proxy = await answering('HTTP/1.1 403 No\r\n\r\n');
    const asked: unknown[] = [];
    await using transport = new Transport({
      proxy: proxy.url.replace('//', '//user:pass@'),
      proxyConnectHeaders: async (way) => {
        await Promise.resolve();
        asked.push(way);
        return { 'X-Nth': String(asked.length) };
      },
    });
    await rejectionOf(send(transport, TARGET));
    await rejectionOf(send(transport, TARGET));
    expect(asked).toEqual([1, 2].map(() => ({ proxy: proxy.url, target: 'origin.test:443' })));
    expect(proxy.heads.map((head) => /X-Nth: (\d)/.exec(head)?.[1])).toEqual(['1', '2']);
  });

  test.for<{ fact: string; headers: () => Record<string, string>; message: RegExp }>([
    {
      fact: 'throws',
      headers: () => {
        throw new RangeError('no token');
      },
      message: /no token/,
    },
    { fact: 'would forge a line', headers: () => ({ X: 'a\r\nB: c' }), message: /invalid value of header "X"/ },
  ])('with fields from a function that $fact fails the dial and sends nothing', async ({ headers, message }) => {
    const sent: Buffer[] = [];
    await using peer = await BytePeer.listen(async (conversation) => void sent.push(await conversation.readUntilClose()));
    await using transport = new Transport({ proxy: peer.url, proxyConnectHeaders: headers });
    const error = await rejectionOf(send(transport, TARGET));
    expect(error).toMatchObject({ code: 'proxy-failed', phase: 'proxy' });
    expect(String(error)).toMatch(message);
    await peer.whenOpenConnections(0);
    expect(sent).toEqual([Buffer.alloc(0)]);
  });

  test('is answered to the caller first, who may refuse', async () => {
    await using server = await TestServer.start({ tls: true });
    await using proxy = await TestProxy.start();
    const seen: unknown[] = [];
    const refusals: Error[] = [];
    await using transport = new Transport({
      tls,
      proxy: `http://${proxy.host}`,
      disableKeepAlives: true,
      onProxyConnectResponse: async (reply) => {
        await Promise.resolve();
        seen.push(reply);
        const [refusal] = refusals;
        if (refusal !== undefined) throw refusal;
      },
    });
    const response = await send(transport, server.url);
    await response.text();
    refusals.push(new Error('not this one'));
    const error = await rejectionOf(send(transport, server.url));
    expect(error).toMatchObject({ code: 'proxy-refused', phase: 'proxy', sent: 'nothing', cause: { cause: refusals[0] } });
    const target = `127.0.0.1:${server.port}`;
    expect(seen).toMatchObject(
      [1, 2].map(() => ({ proxy: `http://${proxy.host}`, target, status: 200, statusText: 'Connection Established' })),
    );
    expect(server.requests).toHaveLength(1);
    await until(() => proxy.openConnections === 0);
  });
});

test.for(['http', 'https', 'socks5'])('every TLS option reaches the origin through a %s proxy (GHSA-vmh5-mc38-953g)', async (scheme) => {
  const { TestSocks } = await import('../../test/servers/test-socks.ts');
  await using proxy = scheme === 'socks5' ? await TestSocks.start() : await TestProxy.start({ tls: scheme === 'https' });
  await using server = await TestServer.start({ tls: { maxVersion: 'TLSv1.2' } });
  const url = `https://localhost:${server.port}`;
  const common = { proxy: `${scheme}://${proxy.host}`, proxyTls: tls, disableKeepAlives: true };
  const rows: [TransportOptions['tls'], object][] = [
    [{}, { code: 'tls-failed', cause: { code: 'SELF_SIGNED_CERT_IN_CHAIN' } }],
    [{ rejectUnauthorized: false }, { tls: { authorized: false } }],
    [tls, { tls: { authorized: true, protocol: 'TLSv1.2' } }],
    [{ ...tls, minVersion: 'TLSv1.3' }, { code: 'tls-failed' }],
    [{ ...tls, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' }, { tls: { cipher: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384' } }],
    [
      { ...tls, servername: 'else.test' },
      { code: 'tls-failed', cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } },
    ],
    [{ ...tls, checkServerIdentity: () => Object.assign(new Error('pinned'), { code: 'EPINNED' }) }, { cause: { code: 'EPINNED' } }],
  ];
  for (const [options, outcome] of rows) {
    await using transport = new Transport({ ...common, tls: options });
    const ended: unknown = await send(transport, url).then(
      async (response) => {
        await response.dispose();
        return response.connection;
      },
      (error: unknown) => error,
    );
    expect(ended).toMatchObject(outcome);
  }
});
