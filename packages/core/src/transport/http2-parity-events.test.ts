import { RecordingTrace, checkTree, type SharedHandler, type TestServer } from '@roundtripper/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { holdExchange, until } from '../../test/exchanges.ts';
import { ProtocolBench, PROTOCOLS, serverOf, type ProtocolUnderTest } from '../../test/protocols.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { HttpRequestInit } from '../contract/http-request.ts';
import type { CloseReason, TraceEvent } from '../contract/trace-event.ts';

type Kind = TraceEvent['kind'];

/** After these the answer is whole: nothing is left to fail. */
const TOO_LATE: ReadonlySet<Kind> = new Set(['bodyEnd', 'leaseReleased', 'putIdleConn']);

const DIAL: readonly Kind[] = ['queueStart', 'dialStart', 'connectStart', 'connectDone', 'connOpened', 'dialEnd', 'queueEnd'];
const TLS: readonly Kind[] = ['tlsHandshakeStart', 'tlsHandshakeDone'];

interface Message {
  readonly name: string;
  readonly init: HttpRequestInit;
  /** Whether its body is a stream, which is read to its end or given up, whatever happens. */
  readonly isStreamed: boolean;
  /** From the grant of the connection to the response. */
  readonly kinds: readonly Kind[];
}

const ANSWER: readonly Kind[] = [
  'gotFirstResponseByte',
  'got1xxResponse',
  'gotResponse',
  'bodyStart',
  'bodyEnd',
  'leaseReleased',
  'putIdleConn',
];
const WITH_BODY: readonly Kind[] = ['wroteHeaders', 'requestBodyStart', 'wroteRequest', ...ANSWER];

const MESSAGES: readonly Message[] = [
  { name: 'GET', init: {}, isStreamed: false, kinds: ['wroteHeaders', 'wroteRequest', ...ANSWER] },
  {
    name: 'POST with bytes',
    init: { method: 'POST', body: 'text' },
    isStreamed: false,
    kinds: WITH_BODY,
  },
  { name: 'POST with a stream', init: { method: 'POST' }, isStreamed: true, kinds: WITH_BODY },
  {
    name: 'POST with a stream that waits for 100 Continue',
    init: { method: 'POST', headers: { Expect: '100-continue' } },
    isStreamed: true,
    kinds: [
      'wroteHeaders',
      'wait100Continue',
      'gotFirstResponseByte',
      'got100Continue',
      'got1xxResponse',
      'requestBodyStart',
      'wroteRequest',
      ...ANSWER.slice(1),
    ],
  },
];

/** What the connection is when the request comes. */
const STATES = ['fresh', 'idle', 'in use'] as const;

const CASES = PROTOCOLS.flatMap((protocol) =>
  STATES.filter((state) => protocol.isShared || state !== 'in use').map((state) => ({
    protocol,
    state,
    name: `${protocol.name}, ${state}`,
  })),
);

/** An interim response, and an answer in two parts, once the request is there. */
const handler: SharedHandler = (request, response) => {
  request.resume().once('end', () => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.write('o');
    response.end('k');
  });
};

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

interface Exchange {
  readonly recorder: RecordingTrace;
  readonly text: Promise<string>;
  readonly released: Promise<void>;
}

/** One exchange, with `act` called within the event of that number. */
function exchange(
  bench: ProtocolBench,
  { init, isStreamed }: Message,
  { at, act, signal }: { readonly at: number; readonly act: (kind: Kind) => void; readonly signal?: AbortSignal },
): Exchange {
  const done = Promise.withResolvers<void>();
  const recorder = new RecordingTrace((event) => {
    if (recorder.events.length === at + 1) act(event.kind);
  });
  if (!isStreamed) done.resolve();
  const body = isStreamed ? { body: streamOf(done.resolve) } : {};
  const text = bench.fetchText({ ...init, ...body, signal, trace: recorder.trace });
  text.catch(() => {});
  return { recorder, text, released: done.promise };
}

/** In the order of the protocols. */
const servers: TestServer[] = [];

beforeAll(async () => {
  for (const protocol of PROTOCOLS) servers.push(await serverOf(protocol, handler));
});

afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
});

describe.each(CASES)('$name', ({ protocol, state }) => {
  /** A bench whose connection is as it should be. */
  async function open(): Promise<{ readonly bench: ProtocolBench; readonly settle: () => Promise<unknown> }> {
    const server = servers[PROTOCOLS.indexOf(protocol)];
    const bench = await ProtocolBench.open(protocol, { server, transport: { expectContinueTimeout: 60_000 } });
    if (state === 'fresh') return { bench, settle: () => Promise.resolve() };
    if (state === 'idle') {
      expect(await bench.fetchText()).toBe('ok');
      return { bench, settle: () => Promise.resolve() };
    }
    const held = await holdExchange(bench.transport, bench.server);
    return { bench, settle: () => held.finish() };
  }

  function opening({ tls }: ProtocolUnderTest): readonly Kind[] {
    if (state !== 'fresh') return ['getConn', 'gotConn'];
    return ['getConn', ...DIAL.slice(0, 4), ...(tls ? TLS : []), ...DIAL.slice(4), 'gotConn'];
  }

  test.for(MESSAGES)('$name: the same events, in the same order', async (message) => {
    const { bench: opened, settle } = await open();
    await using bench = opened;
    const { recorder, text } = exchange(bench, message, { at: Infinity, act: () => {} });
    expect(await text).toBe('ok');
    await until(() => recorder.kinds.includes('bodyEnd'));
    // Beside another exchange the connection does not become idle.
    const kinds = message.kinds.filter((kind) => state !== 'in use' || kind !== 'putIdleConn');
    expect(recorder.kinds).toEqual([...opening(protocol), ...kinds]);
    const [got] = recorder.all('gotConn');
    expect(got).toMatchObject({ reused: state !== 'fresh', wasIdle: state === 'idle' });
    expect(recorder.all('gotResponse')).toEqual([{ kind: 'gotResponse', status: 200, proto: protocol.proto }]);
    expect(await settle()).toBe(state === 'in use' ? 'ok' : undefined);
  });

  // Of HTTP/1.1 this is in abort-at-every-event.test.ts; and TLS makes a difference while it is dialled.
  if (!protocol.isShared || (protocol.tls && state !== 'fresh')) return;

  test.for(MESSAGES)('$name, aborted at any event: it ends with the reason, and all else goes on', async (message) => {
    for (let at = 0; ; at++) {
      const { bench: opened, settle } = await open();
      await using bench = opened;
      const controller = new AbortController();
      let kind: Kind | undefined;
      const act = (reached: Kind): void => {
        kind = reached;
        controller.abort(`enough at ${reached}`);
      };
      const { recorder, text, released } = exchange(bench, message, { at, act, signal: controller.signal });
      const outcome = await text.catch((error: unknown) => error);
      if (kind === undefined) break;
      expect([kind, outcome]).toEqual([kind, TOO_LATE.has(kind) ? 'ok' : `enough at ${kind}`]);
      await released;
      const failedAt = recorder.kinds.indexOf('requestFailed');
      if (failedAt !== -1) expect(recorder.kinds.slice(failedAt).filter((each) => each.startsWith('wrote'))).toEqual([]);
      expect([kind, await settle()]).toEqual([kind, state === 'in use' ? 'ok' : undefined]);
      expect(await bench.fetchText()).toBe('ok');
      await expectNothingLeft(bench, recorder);
    }
  });

  test.for([true, false])('a Transport that is closed at any event closes (graceful %s)', async (graceful) => {
    for (const message of MESSAGES) {
      for (let at = 0; ; at++) {
        const { bench: opened, settle } = await open();
        await using bench = opened;
        const closed = Promise.withResolvers<void>();
        let kind: Kind | undefined;
        const act = (reached: Kind): void => {
          kind = reached;
          closed.resolve(bench.transport.close({ graceful }));
        };
        const { recorder, text, released } = exchange(bench, message, { at, act });
        const outcome = await text.catch((error: unknown) => error);
        if (kind === undefined) break;
        if (TOO_LATE.has(kind)) expect([kind, outcome]).toEqual([kind, 'ok']);
        else if (!graceful) expect([kind, outcome]).toMatchObject([kind, { code: 'transport-closed' }]);
        else if (outcome !== 'ok') expect([kind, outcome]).toMatchObject([kind, { code: 'transport-closed', sent: 'nothing' }]);
        if (state === 'in use' && !graceful) await rejectionOf(settle());
        else await settle();
        await closed.promise;
        await released;
        await expectNothingLeft(bench, recorder);
      }
    }
  });

  async function expectNothingLeft(bench: ProtocolBench, recorder: RecordingTrace): Promise<void> {
    await bench.transport.close();
    for (const route of bench.transport.stats()) expect(route).toMatchObject({ open: 0, idle: 0, busy: 0, dialing: 0, waiting: 0 });
    expect({ faults: checkTree(recorder.events), kinds: recorder.kinds }).toMatchObject({ faults: [] });
    await bench.server.whenOpenConnections(0);
  }
});

describe.each(PROTOCOLS)('$name', (protocol) => {
  test('what is counted is what was told', async () => {
    await using bench = await ProtocolBench.open(protocol);
    for (const round of [1, 2, 3]) {
      await Promise.all(Array.from({ length: 5 }, () => bench.fetchText()));
      const controller = new AbortController();
      bench.server.enqueue({ fault: 'never-answer' });
      const aborted = bench.send({ signal: controller.signal });
      await until(() => bench.server.requests.length === round * 7 - 1);
      controller.abort('enough');
      expect(await rejectionOf(aborted)).toBe('enough');
      if (round === 2) bench.server.closeAllConnections();
      if (round === 2) await until(() => bench.transport.stats()[0]?.open === 0);
      await bench.fetchText({ close: round === 3 });
    }
    await bench.transport.close();
    const { recorder } = bench;
    const closed: Partial<Record<CloseReason, number>> = {};
    for (const reason of recorder.closeReasons) closed[reason] = (closed[reason] ?? 0) + 1;
    expect(bench.transport.stats()).toMatchObject([
      {
        opened: recorder.all('connOpened').length,
        exchanges: recorder.all('gotConn').length,
        reused: recorder.all('gotConn').filter(({ reused }) => reused).length,
        closed,
      },
    ]);
    const exchanges = recorder.all('connClosed').reduce((sum, event) => sum + event.exchanges, 0);
    expect([exchanges, recorder.closeReasons.length]).toEqual([recorder.all('gotConn').length, recorder.all('connOpened').length]);
  });
});
