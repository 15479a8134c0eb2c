import { BytePeer, checkTree, RecordingTrace, type SharedHandler } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { fetchText, send, until } from '../../test/exchanges.ts';
import { ProtocolBench, PROTOCOLS } from '../../test/protocols.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { RoundTripError } from '../contract/round-trip-error.ts';
import { Transport } from './transport.ts';

/** An interim response, then the answer. */
const handler: SharedHandler = (request, response) => {
  request.resume().once('end', () => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.end('ok');
  });
};

describe.each(PROTOCOLS)('an interim response, $name', (protocol) => {
  test.for([
    { fact: 'an error', reason: new Error('not like this') },
    { fact: 'no error at all', reason: undefined },
    // A request that failed so would go out again, were it not the caller's word.
    {
      fact: 'what reads as a stale connection',
      reason: new RoundTripError('x', { code: 'stale-connection', phase: 'response-head', sent: 'nothing', origin: 'y' }),
    },
    {
      fact: 'what reads as a server’s refusal',
      reason: new RoundTripError('x', { code: 'stream-refused', phase: 'response-head', sent: 'nothing', origin: 'y' }),
    },
  ])('aborts the request with exactly what its listener says: $fact', async ({ reason }) => {
    await using bench = await ProtocolBench.open(protocol, { handler });
    await bench.fetchText();
    const recorder = new RecordingTrace((event) => {
      if (event.kind === 'got1xxResponse') event.abort(reason);
    });
    const failure = bench.fetchText({ trace: recorder.trace });
    const rejection = await failure.then(String, (error: unknown) => ({ error }));
    expect(rejection).toEqual({ error: reason });
    expect(typeof rejection === 'object' && rejection.error === reason).toBe(true);
    expect(recorder.all('requestFailed')).toEqual([{ kind: 'requestFailed', error: reason }]);
    expect(recorder.all('resend')).toEqual([]);
    // HTTP/2 resets the stream, and goes on.
    expect(recorder.closeReasons).toEqual(protocol.isShared ? [] : ['aborted']);
    expect(await bench.fetchText()).toBe('ok');
    expect(bench.transport.stats()).toMatchObject([{ opened: protocol.isShared ? 1 : 2, idle: 1 }]);
    expect(checkTree(recorder.events)).toEqual([]);
  });

  test('aborts nothing once the answer is there, or twice', async () => {
    await using bench = await ProtocolBench.open(protocol, { handler });
    const aborts: ((reason: unknown) => void)[] = [];
    const recorder = new RecordingTrace((event) => {
      if (event.kind === 'got1xxResponse') aborts.push(event.abort);
      if (event.kind === 'bodyStart') for (const abort of aborts) abort('too late');
    });
    const response = await bench.send({ trace: recorder.trace });
    for (const abort of aborts) abort('too late');
    expect([aborts.length, await response.text()]).toEqual([1, 'ok']);
    const twice = new RecordingTrace((event) => {
      if (event.kind !== 'got1xxResponse') return;
      event.abort('once');
      event.abort('twice');
    });
    expect(await rejectionOf(bench.fetchText({ trace: twice.trace }))).toBe('once');
  });

  test('of which another listener throws, aborts nothing', async () => {
    await using bench = await ProtocolBench.open(protocol, { handler });
    const trace = (): void => {
      throw new Error('of no concern');
    };
    expect(await bench.fetchText({ trace })).toBe('ok');
  });
});

describe.each(PROTOCOLS)('the start of a body without bytes, $name', (protocol) => {
  test('can still be the end of it, whose own end is told once', async () => {
    await using bench = await ProtocolBench.open(protocol, { handler: (_request, response) => void response.writeHead(204).end() });
    const controller = new AbortController();
    const recorder = new RecordingTrace(({ kind }) => void (kind === 'bodyStart' && controller.abort('enough')));
    await bench.fetchText({ trace: recorder.trace, signal: controller.signal }).catch(() => {});
    expect(recorder.all('bodyEnd')).toEqual([{ kind: 'bodyEnd', bodyBytes: 0, error: 'enough' }]);
    expect(await bench.fetchText()).toBe('');
    await bench.transport.close();
    expect(checkTree(recorder.events)).toEqual([]);
  });
});

describe('a protocol that takes over the connection', () => {
  const UPGRADE = { headers: { Connection: 'Upgrade', Upgrade: 'x-protocol' } };
  const listen = (): Promise<BytePeer> =>
    BytePeer.listen(async (conversation) => {
      await conversation.readHead();
      await conversation.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x-protocol\r\n\r\n');
      await conversation.readUntilClose();
    });

  test('has no body, whose end is told at once', async () => {
    await using peer = await listen();
    await using transport = new Transport();
    const recorder = new RecordingTrace();
    const { socket } = await send(transport, peer.url, { ...UPGRADE, trace: recorder.trace });
    expect(recorder.kinds.slice(-6)).toEqual(['gotResponse', 'bodyStart', 'bodyEnd', 'leaseReleased', 'putIdleConn', 'connClosed']);
    expect(checkTree(recorder.events)).toEqual([]);
    socket?.destroy();
    await peer.whenOpenConnections(0);
  });

  test.for(['bodyStart', 'bodyEnd'] as const)('is closed where a listener closes the Transport at %s', async (at) => {
    await using peer = await listen();
    await using transport = new Transport();
    const closed = Promise.withResolvers<void>();
    const recorder = new RecordingTrace(({ kind }) => void (kind === at && closed.resolve(transport.close({ graceful: false }))));
    const { socket } = await send(transport, peer.url, { ...UPGRADE, trace: recorder.trace });
    await closed.promise;
    await until(() => socket?.destroyed === true);
    await peer.whenOpenConnections(0);
    expect(recorder.closeReasons).toEqual(['transport-closed']);
    expect(checkTree(recorder.events)).toEqual([]);
  });
});

test('a request that is aborted by who hears of its failing dial rejects with the reason', async () => {
  await using peer = await BytePeer.listen(async () => {});
  const { port } = peer;
  await peer[Symbol.asyncDispose]();
  await using transport = new Transport();
  const controller = new AbortController();
  const recorder = new RecordingTrace(({ kind }) => void (kind === 'queueEnd' && controller.abort('enough')));
  const failed = fetchText(transport, `http://127.0.0.1:${port}/`, { trace: recorder.trace, signal: controller.signal });
  expect(await rejectionOf(failed)).toBe('enough');
  expect(recorder.all('requestFailed')).toEqual([{ kind: 'requestFailed', error: 'enough' }]);
  expect(checkTree(recorder.events)).toEqual([]);
});
