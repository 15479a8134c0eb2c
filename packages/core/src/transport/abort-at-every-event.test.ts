import { BytePeer, RecordingTrace, TestServer, checkTree, testCertificate } from '@roundtripper/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { fetchText } from '../../test/exchanges.ts';
import type { HttpRequestInit } from '../contract/http-request.ts';
import type { TraceEvent } from '../contract/trace-event.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import { Transport } from './transport.ts';

type Kind = TraceEvent['kind'];

const lookup: Lookup = (_hostname, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);

/** After these the answer is whole: nothing is left to fail. */
const TOO_LATE: ReadonlySet<Kind> = new Set(['bodyEnd', 'leaseReleased', 'putIdleConn']);

const DIAL: readonly Kind[] = [
  'queueStart',
  'dialStart',
  'dnsStart',
  'dnsDone',
  'connectStart',
  'connectDone',
  'connOpened',
  'dialEnd',
  'queueEnd',
];
const TLS: readonly Kind[] = ['tlsHandshakeStart', 'tlsHandshakeDone'];
const EXCHANGE: readonly Kind[] = [
  'getConn',
  'gotConn',
  'wroteHeaders',
  'wroteRequest',
  'gotFirstResponseByte',
  'gotResponse',
  'bodyStart',
  'bodyEnd',
  'leaseReleased',
  'putIdleConn',
];
const EXPECTED: readonly Kind[] = ['requestBodyStart', 'wait100Continue', 'got100Continue', 'got1xxResponse'];

interface Message {
  readonly name: string;
  readonly kinds: readonly Kind[];
  readonly init: HttpRequestInit;
  /** Whether its body is a stream, which is read to its end or given up, whatever happens. */
  readonly isStreamed?: boolean;
}

const MESSAGES: readonly Message[] = [
  { name: 'GET', kinds: [], init: {} },
  { name: 'POST with bytes', kinds: ['requestBodyStart'], init: { method: 'POST', body: 'text' } },
  { name: 'POST with a stream', kinds: ['requestBodyStart'], init: { method: 'POST' }, isStreamed: true },
  {
    name: 'POST with a stream that waits for 100 Continue',
    kinds: EXPECTED,
    init: { method: 'POST', headers: { Expect: '100-continue' } },
    isStreamed: true,
  },
];

const CASES = [false, true].flatMap((tls) =>
  [false, true].flatMap((isReused) =>
    MESSAGES.map((message) => ({
      tls,
      isReused,
      message,
      name: `${tls ? 'TLS' : 'plain'}, ${isReused ? 'reused' : 'fresh'}, ${message.name}`,
    })),
  ),
);

/** Of both kinds: with and without TLS. */
const servers: TestServer[] = [];

beforeAll(async () => {
  for (const tls of [false, true]) {
    servers.push(
      await TestServer.start({
        tls,
        handler: (request, response) => {
          request.resume().once('end', () => {
            response.writeEarlyHints({ link: '</style.css>; rel=preload' });
            response.write('o');
            response.end('k');
          });
        },
      }),
    );
  }
});

afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
});

describe.for(CASES)('$name', ({ tls, isReused, message }) => {
  const serverOf = (): TestServer => {
    const server = servers[tls ? 1 : 0];
    if (server === undefined) throw new Error('the servers have not started');
    return server;
  };

  /** One exchange, with `act` called within the event of that number. */
  async function exchange(transport: Transport, at: number, act: (kind: Kind) => void, signal?: AbortSignal): Promise<Exchange> {
    const url = `${tls ? 'https' : 'http'}://localhost:${serverOf().port}/`;
    if (isReused) expect(await fetchText(transport, url)).toBe('ok');
    const done = Promise.withResolvers<void>();
    const recorder = new RecordingTrace((event) => {
      if (recorder.events.length === at + 1) act(event.kind);
    });
    const body = message.isStreamed === true ? { body: streamOf(done.resolve) } : {};
    if (message.isStreamed !== true) done.resolve();
    const outcome = outcomeOf(fetchText(transport, url, { ...message.init, ...body, signal, trace: recorder.trace }));
    return { recorder, url, outcome, released: done.promise };
  }

  const open = (): Transport => new Transport({ lookup, tls: { ca: testCertificate.ca }, expectContinueTimeout: 60_000 });

  /** What happens when nobody interferes. */
  async function allKinds(): Promise<readonly Kind[]> {
    await using transport = open();
    const { recorder, outcome } = await exchange(transport, Infinity, () => {});
    expect((await outcome).text).toBe('ok');
    return [...recorder.kinds];
  }

  async function expectNothingLeft(transport: Transport, recorder: RecordingTrace): Promise<void> {
    await transport.close();
    for (const route of transport.stats()) expect(route).toMatchObject({ open: 0, idle: 0, busy: 0, dialing: 0, waiting: 0 });
    expect({ faults: checkTree(recorder.events), kinds: recorder.kinds }).toMatchObject({ faults: [] });
    await serverOf().whenOpenConnections(0);
  }

  test('brings each event', async () => {
    const kinds = await allKinds();
    const opening = isReused ? [] : [...DIAL, ...(tls ? TLS : [])];
    expect([...new Set(kinds)].toSorted()).toEqual([...new Set([...opening, ...EXCHANGE, ...message.kinds, 'got1xxResponse'])].toSorted());
  });

  test('a request that is aborted at any event ends at once with the reason, and the next is served', async () => {
    for (const [at, kind] of (await allKinds()).entries()) {
      await using transport = open();
      const controller = new AbortController();
      const reason = { why: `enough at ${kind}` };
      const turns = new TurnCounter();
      const { recorder, url, outcome, released } = await exchange(
        transport,
        at,
        () => {
          turns.start();
          controller.abort(reason);
        },
        controller.signal,
      );
      const { text, error } = await outcome;
      if (TOO_LATE.has(kind)) expect([kind, text]).toEqual([kind, 'ok']);
      else {
        expect([kind, error]).toEqual([kind, reason]);
        expect([kind, turns.stop()]).toEqual([kind, 0]);
      }
      turns.stop();
      await released;
      const failedAt = recorder.kinds.indexOf('requestFailed');
      if (failedAt !== -1) expect(recorder.kinds.slice(failedAt).filter((each) => each.startsWith('wrote'))).toEqual([]);
      expect(await fetchText(transport, url)).toBe('ok');
      await expectNothingLeft(transport, recorder);
    }
  });

  test.for([true, false])('a Transport that is closed at any event closes (graceful %s)', async (graceful) => {
    for (const [at, kind] of (await allKinds()).entries()) {
      await using transport = open();
      const closed = Promise.withResolvers<void>();
      const { recorder, outcome, released } = await exchange(transport, at, () => closed.resolve(transport.close({ graceful })));
      const { text, error } = await outcome;
      if (TOO_LATE.has(kind)) expect([kind, text]).toEqual([kind, 'ok']);
      else if (!graceful) expect({ kind, error }).toMatchObject({ kind, error: { code: 'transport-closed' } });
      else if (error !== undefined) expect({ kind, error }).toMatchObject({ kind, error: { code: 'transport-closed', sent: 'nothing' } });
      await closed.promise;
      await released;
      await expectNothingLeft(transport, recorder);
    }
  });
});

describe('a GET whose connection is stale', () => {
  const STALE: readonly Kind[] = [
    'getConn',
    'gotConn',
    'wroteHeaders',
    'wroteRequest',
    'leaseReleased',
    'putIdleConn',
    'connClosed',
    'resend',
  ];

  /** The first connection ends at its second request. */
  const listen = (): Promise<BytePeer> =>
    BytePeer.listen(async (conversation) => {
      let answered = 0;
      for await (const _head of conversation.heads()) {
        if (conversation.number === 1 && answered === 1) return conversation.destroy();
        await conversation.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        answered += 1;
      }
    });

  test('and that is aborted at any event is not sent again', async () => {
    const seen: Kind[] = [];
    for (let at = 0; ; at++) {
      await using peer = await listen();
      await using transport = new Transport();
      expect(await fetchText(transport, peer.url)).toBe('ok');
      const controller = new AbortController();
      const recorder = new RecordingTrace((event) => {
        if (recorder.events.length !== at + 1) return;
        seen.push(event.kind);
        controller.abort();
      });
      const { text, error } = await outcomeOf(fetchText(transport, peer.url, { signal: controller.signal, trace: recorder.trace }));
      const kind = seen[at];
      if (kind === undefined) break;
      if (at > STALE.length && TOO_LATE.has(kind)) expect([kind, text]).toEqual([kind, 'ok']);
      else expect([kind, error]).toEqual([kind, controller.signal.reason]);
      if (at < seen.indexOf('resend')) expect(recorder.kinds).not.toContain('resend');
      expect(await fetchText(transport, peer.url)).toBe('ok');
      expect(transport.stats()).toMatchObject([{ busy: 0, waiting: 0 }]);
      await transport.close();
      expect({ faults: checkTree(recorder.events), kinds: recorder.kinds }).toMatchObject({ faults: [] });
    }
    expect(seen.slice(0, STALE.length)).toEqual(STALE);
    expect(seen.slice(STALE.length)).toEqual([
      'getConn',
      'queueStart',
      'dialStart',
      'connectStart',
      'connectDone',
      'connOpened',
      'dialEnd',
      'queueEnd',
      ...EXCHANGE.slice(1),
      // With the Transport.
      'connClosed',
    ]);
  });
});

interface Exchange {
  readonly recorder: RecordingTrace;
  readonly url: string;
  readonly outcome: Promise<{ readonly text?: string; readonly error?: unknown }>;
  readonly released: Promise<void>;
}

async function outcomeOf(text: Promise<string>): Promise<{ readonly text?: string; readonly error?: unknown }> {
  try {
    return { text: await text };
  } catch (error) {
    return { error };
  }
}

/** Counts turns of the event loop. */
class TurnCounter {
  #turns = 0;
  #immediate: NodeJS.Immediate | undefined;

  start(): void {
    this.#immediate = setImmediate(() => {
      this.#turns += 1;
      this.start();
    });
  }

  stop(): number {
    clearImmediate(this.#immediate);
    return this.#turns;
  }
}

function streamOf(released: () => void): ReadableStream<string> {
  let pulls = 0;
  return new ReadableStream({
    pull: (controller) => {
      pulls += 1;
      if (pulls <= 2) controller.enqueue('text');
      else {
        controller.close();
        released();
      }
    },
    cancel: released,
  });
}
