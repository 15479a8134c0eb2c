import { BytePeer, type PeerScript, RecordingTrace, TestClock } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { rejectionOf } from '../../test/rejection-of.ts';
import { parseTarget } from '../contract/origin.ts';
import { ProxyCredentials } from '../contract/proxy.ts';
import { DEFAULT_RESPONSE_LIMITS } from '../h1/http1-options.ts';
import { TlsClient } from '../wire/tls-client.ts';
import type { Wire } from '../wire/wire.ts';
import { dial } from './dial.ts';

const USER = new ProxyCredentials('user', 'pass');
const HELLO = Buffer.from([5, 1, 0]);
const HELLO_USER = Buffer.from([5, 2, 0, 2]);
const NAME = Buffer.from([5, 1, 0, 3, 11, ...Buffer.from('origin.test'), 0, 80]);
const OK = [5, 0, 0, 1, 127, 0, 0, 1, 0, 80];

interface Way {
  readonly credentials?: ProxyCredentials | undefined;
  readonly url?: string;
  readonly recorder?: RecordingTrace;
  readonly signal?: AbortSignal;
}

/** Dials by a SOCKS server on that port. */
function open(
  port: number,
  { credentials, url = 'http://origin.test/', recorder = new RecordingTrace(), signal }: Way = {},
): Promise<Wire> {
  const { origin } = parseTarget(url);
  const name = `socks5://127.0.0.1:${port}`;
  const proxy = { scheme: 'socks5', hostname: '127.0.0.1', port, name, key: name, credentials } as const;
  const options = {
    clock: new TestClock(),
    socketPath: undefined,
    localAddress: undefined,
    lookup: undefined,
    allowAddress: undefined,
    dial: undefined,
    dialTLS: undefined,
    tls: new TlsClient({}),
    proxyTls: new TlsClient({}),
    dialTimeoutMs: 0,
    tlsHandshakeTimeoutMs: 0,
    keepAliveMs: 0,
    proxy: { timeoutMs: 0, headers: () => ({}), onResponse: undefined },
  };
  const request = {
    trace: recorder.trace,
    signal: signal ?? new AbortController().signal,
    limits: DEFAULT_RESPONSE_LIMITS,
    alpnProtocols: [],
  };
  return dial({ key: origin.key, origin, isForwarded: false, proxy }, options, request);
}

/** A server that reads as much as each question has and answers it so. */
function scripted(...turns: readonly (readonly [question: Uint8Array, answer: readonly number[]])[]): PeerScript {
  return async (conversation) => {
    for (const [question, answer] of turns) {
      expect(await conversation.read(question.length)).toEqual(Buffer.from(question));
      await conversation.write(Uint8Array.from(answer));
    }
    await conversation.readUntilClose();
  };
}

describe('a server', () => {
  test.for([
    { fact: 'that asks for nothing', credentials: undefined, turns: [[HELLO, [5, 0]]] },
    { fact: 'that asks for nothing, although it could', credentials: USER, turns: [[HELLO_USER, [5, 0]]] },
    {
      fact: 'that asks for a name and a password',
      credentials: USER,
      turns: [
        [HELLO_USER, [5, 2]],
        [Buffer.from('\x01\x04user\x04pass', 'latin1'), [1, 0]],
      ],
    },
  ] as const)('$fact opens a way', async ({ credentials, turns }) => {
    await using peer = await BytePeer.listen(scripted(...turns, [NAME, OK]));
    const recorder = new RecordingTrace();
    const wire = await open(peer.port, { credentials, recorder });
    expect(wire.info).toMatchObject({ remotePort: peer.port, tls: undefined });
    const proxy = `socks5://127.0.0.1:${peer.port}`;
    expect(recorder.events.slice(2)).toEqual([
      { kind: 'proxyConnectStart', proxy, target: 'origin.test:80' },
      { kind: 'proxyConnectDone', proxy },
    ]);
    wire.destroy();
  });

  test.for([
    { fact: 'an IPv4 address', bound: [5, 0, 0, 1, 127, 0, 0, 1, 0, 80] },
    { fact: 'an IPv6 address', bound: [5, 0, 0, 4, ...Array.from({ length: 16 }, () => 7), 0, 80] },
    { fact: 'a name', bound: [5, 0, 0, 3, 3, 97, 98, 99, 0, 80] },
    { fact: 'an empty name', bound: [5, 0, 0, 3, 0, 0, 80] },
  ])('may be bound to $fact, and say so byte by byte', async ({ bound }) => {
    await using peer = await BytePeer.listen(async (conversation) => {
      await conversation.read(HELLO.length);
      for (const byte of [5, 0]) await conversation.write(Uint8Array.of(byte));
      await conversation.read(NAME.length);
      for (const byte of bound) {
        await conversation.write(Uint8Array.of(byte));
        await new Promise(setImmediate);
      }
      await conversation.read(1);
      await conversation.write('x');
      await conversation.readUntilClose();
    });
    const wire = await open(peer.port);
    const came = new Promise<string>((resolve) => {
      wire.attach({ onData: (buffer, length) => resolve(buffer.toString('latin1', 0, length)), onEnd() {}, onDrain() {}, onClose() {} });
    });
    wire.write('?');
    expect(await came).toBe('x');
    wire.destroy();
  });

  test.for([
    { fact: 'an IPv4 address', url: 'http://192.0.2.1:8080/', question: [5, 1, 0, 1, 192, 0, 2, 1, 0x1f, 0x90] },
    {
      fact: 'an IPv6 address',
      url: 'http://[2001:db8::1]/',
      question: [5, 1, 0, 4, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 80],
    },
  ])('is given $fact as that', async ({ url, question }) => {
    await using peer = await BytePeer.listen(scripted([HELLO, [5, 0]], [Uint8Array.from(question), OK]));
    const wire = await open(peer.port, { url });
    wire.destroy();
  });

  test.for<{
    fact: string;
    turns: readonly (readonly [Uint8Array, readonly number[]])[];
    code: string;
    says: RegExp;
    credentials?: ProxyCredentials;
  }>([
    { fact: 'speaks another version', turns: [[HELLO, [4, 0]]], code: 'proxy-failed', says: /version 4 of SOCKS/ },
    {
      fact: 'speaks HTTP',
      turns: [[HELLO, [...Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')]]],
      code: 'proxy-failed',
      says: /version 72 of SOCKS, or something else/,
    },
    { fact: 'takes none of the methods', turns: [[HELLO, [5, 0xff]]], code: 'proxy-refused', says: /none of the authentication methods/ },
    {
      fact: 'asks for a password that there is not',
      turns: [[HELLO, [5, 2]]],
      code: 'proxy-failed',
      says: /method 2, which was not offered/,
    },
    { fact: 'asks for GSSAPI', turns: [[HELLO, [5, 1]]], code: 'proxy-failed', says: /method 1, which was not offered/ },
    {
      fact: 'refuses the password',
      credentials: USER,
      turns: [
        [HELLO_USER, [5, 2]],
        [Buffer.from('\x01\x04user\x04pass', 'latin1'), [1, 1]],
      ],
      code: 'proxy-refused',
      says: /refuses the user name or the password/,
    },
    {
      fact: 'authenticates by another version',
      credentials: USER,
      turns: [
        [HELLO_USER, [5, 2]],
        [Buffer.from('\x01\x04user\x04pass', 'latin1'), [5, 0]],
      ],
      code: 'proxy-failed',
      says: /version 5 of the authentication/,
    },
    ...[
      'general SOCKS server failure',
      'connection not allowed by ruleset',
      'network unreachable',
      'host unreachable',
      'connection refused',
      'TTL expired',
      'command not supported',
      'address type not supported',
      'unknown reply',
    ].map((text, at) => ({
      fact: `answers ${at + 1}`,
      // The address may be missing.
      turns: [
        [HELLO, [5, 0]],
        [NAME, [5, at + 1, 0, 1]],
      ] as const,
      code: 'proxy-refused',
      says: new RegExp(`it answered ${at + 1}: ${text}`),
    })),
    {
      fact: 'answers by another version',
      turns: [
        [HELLO, [5, 0]],
        [NAME, [0, 0, 0, 1]],
      ],
      code: 'proxy-failed',
      says: /version 0 of SOCKS/,
    },
    {
      fact: 'is bound to what is no address',
      turns: [
        [HELLO, [5, 0]],
        [NAME, [5, 0, 0, 9]],
      ],
      code: 'proxy-failed',
      says: /unknown type 9/,
    },
    {
      fact: 'says more than that',
      turns: [
        [HELLO, [5, 0]],
        [NAME, [...OK, 1]],
      ],
      code: 'proxy-failed',
      says: /sent 1 bytes before the origin was spoken to/,
    },
  ])('that $fact gives none', async ({ turns, code, says, credentials }) => {
    await using peer = await BytePeer.listen(scripted(...turns));
    const recorder = new RecordingTrace();
    const error = await rejectionOf(open(peer.port, { credentials, recorder }));
    expect(error).toMatchObject({ code, phase: 'proxy', sent: 'nothing', timeout: false, origin: 'http://origin.test' });
    expect(String(error)).toMatch(says);
    expect(String(error)).not.toMatch(/user\b.*pass\b/);
    expect(recorder.all('proxyConnectDone')).toMatchObject([{ error }]);
    await peer.whenOpenConnections(0);
  });

  test.for([0, 1, 2, 3, 5, 6, 9, 11])('that ends after %i bytes of its answers gives none', async (bytes) => {
    const answers = [5, 0, ...OK];
    await using peer = await BytePeer.listen(async (conversation) => {
      await conversation.read(HELLO.length);
      await conversation.write(Uint8Array.from(answers.slice(0, Math.min(bytes, 2))));
      if (bytes >= 2) {
        await conversation.read(NAME.length);
        await conversation.write(Uint8Array.from(answers.slice(2, bytes)));
      }
      conversation.end();
      await conversation.readUntilClose();
    });
    const error = await rejectionOf(open(peer.port));
    expect(error).toMatchObject({ code: 'proxy-failed', phase: 'proxy' });
    expect(String(error)).toContain('it closed the connection before its answer was whole');
  });

  test('that is given up while it answers is left at once', async () => {
    await using peer = await BytePeer.listen(async (conversation) => {
      await conversation.readUntilClose();
    });
    const controller = new AbortController();
    const recorder = new RecordingTrace((event) => {
      if (event.kind === 'proxyConnectStart') queueMicrotask(() => controller.abort());
    });
    const error = await rejectionOf(open(peer.port, { recorder, signal: controller.signal }));
    expect(error).toMatchObject({ code: 'transport-closed', phase: 'proxy' });
    await peer.whenOpenConnections(0);
  });
});

test.for([256, 300, 65_536])('a name of %i characters is refused before anything is opened (CVE-2023-38545)', async (length) => {
  await using peer = await BytePeer.listen(async (conversation) => {
    for (const byte of [5, 0]) await conversation.write(Uint8Array.of(byte));
  });
  const url = `http://${'a'.repeat(length)}/`;
  const recorder = new RecordingTrace();
  const error = await rejectionOf(open(peer.port, { url, recorder }));
  expect(error).toMatchObject({ code: 'proxy-failed', phase: 'proxy', sent: 'nothing' });
  expect(String(error)).toContain(`at most 255 bytes, and this has ${length}`);
  expect(recorder.events).toEqual([]);
  expect(peer.connectionsOpened).toBe(0);
});

test('a name of 255 characters is not', async () => {
  const name = 'a'.repeat(255);
  await using peer = await BytePeer.listen(scripted([HELLO, [5, 0]], [Buffer.from([5, 1, 0, 3, 255, ...Buffer.from(name), 0, 80]), OK]));
  const wire = await open(peer.port, { url: `http://${name}/` });
  wire.destroy();
});
