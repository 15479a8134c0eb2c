import { compose, HttpRequest, HttpResponse } from '@roundtripper/core';
import { expect, test } from 'vitest';

import {
  answerOver,
  bodyEnd,
  connectDone,
  connectionInfo,
  connectStart,
  connOpened,
  dialEnd,
  dialStart,
  dnsDone,
  dnsStart,
  firstByte,
  getConn,
  gotConn,
  gotResponse,
  interim,
  queueEnd,
  queueStart,
  ScriptedEvents,
  tlsDone,
  tlsStart,
  wroteHeaders,
  wroteRequest,
  type Step,
} from '../test/scripted-events.ts';
import { recordTimings } from './record-timings.ts';
import { timings, type Phases, type Timings } from './timings.ts';

const fresh = connectionInfo(1);
const other = connectionInfo(2);
const error = new Error('failed');

/** `wroteRequest` at 60, the first byte at 90, the end at 100. */
const EXCHANGE: readonly Step[] = [
  [60, wroteHeaders],
  [60, wroteRequest],
  [90, firstByte],
  [91, gotResponse],
  [91, answerOver(fresh)],
  [100, bodyEnd],
];

/** Look-up from 10 to 20, connect to 30, TLS from 31 to 45, open at 48. */
const DIAL: readonly Step[] = [
  [8, dialStart],
  [10, dnsStart],
  [20, dnsDone],
  [21, connectStart],
  [30, connectDone],
  [31, tlsStart],
  [45, tlsDone],
  [48, connOpened(fresh)],
  [48, dialEnd(fresh)],
];

const COLD: readonly Step[] = [[5, getConn], [7, queueStart], ...DIAL, [49, queueEnd], [50, gotConn(fresh)], ...EXCHANGE];
const WARM: readonly Step[] = [[5, getConn], [50, gotConn(other, true)], ...EXCHANGE];

async function timingsOfScript(steps: readonly Step[]): Promise<Timings> {
  const script = new ScriptedEvents();
  const outcome = compose(recordTimings({ clock: script.clock }), script)
    .roundTrip(new HttpRequest('https://example.com/'))
    .catch((reason: unknown) => reason);
  await script.play(steps);
  const settled = await outcome;
  if (settled instanceof HttpResponse || settled instanceof Error) return timings(settled);
  throw new Error('neither a response nor an error');
}

const NAMES = ['blocked', 'dns', 'connect', 'ssl', 'send', 'wait', 'receive', 'time'] as const;

/** Those that there are. */
function phasesOf(all: Phases): Partial<Phases> {
  const there: Record<string, number> = {};
  for (const name of NAMES) if (all[name] !== undefined) there[name] = all[name];
  return there;
}

function sumOf({ blocked, dns, connect, send, wait, receive }: Phases): number {
  return [blocked, dns, connect, send, wait, receive].reduce<number>((sum, phase) => sum + (phase ?? 0), 0);
}

test.for<{ fact: string; steps: readonly Step[]; phases: Partial<Phases> }>([
  {
    fact: 'a connection of its own: what is neither the look-up nor the rest of the dial is blocked',
    steps: COLD,
    phases: { blocked: 12, dns: 10, connect: 28, ssl: 14, send: 10, wait: 30, receive: 10, time: 100 },
  },
  {
    fact: 'a connection that was there: blocked until it was had',
    steps: WARM,
    phases: { blocked: 50, send: 10, wait: 30, receive: 10, time: 100 },
  },
  {
    fact: 'late binding: served by another connection while its own was dialled',
    steps: [
      [5, getConn],
      [7, queueStart],
      [8, dialStart],
      [10, dnsStart],
      [20, dnsDone],
      [21, connectStart],
      [50, queueEnd],
      [50, gotConn(other, true)],
      [55, connectDone],
      ...EXCHANGE,
    ],
    phases: { blocked: 50, send: 10, wait: 30, receive: 10, time: 100 },
  },
  {
    fact: 'another’s dial: what it waited for is the queue',
    steps: [[5, getConn], [7, queueStart], [50, queueEnd], [50, gotConn(other)], ...EXCHANGE],
    phases: { blocked: 50, send: 10, wait: 30, receive: 10, time: 100 },
  },
  {
    fact: 'an address without a name',
    steps: [[5, getConn], [8, dialStart], [8, connectStart], [20, connectDone], [20, dialEnd(fresh)], [50, gotConn(fresh)], ...EXCHANGE],
    phases: { blocked: 38, connect: 12, send: 10, wait: 30, receive: 10, time: 100 },
  },
  {
    fact: 'a dial of the caller’s, of which nothing else is told',
    steps: [[8, getConn], [8, dialStart], [20, dialEnd(fresh)], [50, gotConn(fresh)], ...EXCHANGE],
    phases: { blocked: 38, connect: 12, send: 10, wait: 30, receive: 10, time: 100 },
  },
  {
    fact: 'an https: proxy: both handshakes are ssl',
    steps: [
      [0, getConn],
      [0, dialStart],
      [0, connectStart],
      [5, connectDone],
      [5, tlsStart],
      [9, tlsDone],
      [9, { kind: 'proxyConnectStart', proxy: 'https://proxy:1', target: 'example.com:443' }],
      [20, { kind: 'proxyConnectDone', proxy: 'https://proxy:1', status: 200 }],
      [20, tlsStart],
      [26, tlsDone],
      [50, dialEnd(fresh)],
      [50, gotConn(fresh)],
      ...EXCHANGE,
    ],
    phases: { blocked: 0, connect: 50, ssl: 10, send: 10, wait: 30, receive: 10, time: 100 },
  },
  {
    fact: 'two addresses side by side: until the one that answered',
    steps: [
      [0, getConn],
      [0, dialStart],
      [0, connectStart],
      [10, { ...connectStart, kind: 'connectStart', address: '::1', port: 443 }],
      [15, { kind: 'connectDone', address: '::1', port: 443 }],
      [16, { kind: 'connectDone', address: '127.0.0.1', port: 443, error }],
      [17, dialEnd(fresh)],
      [17, gotConn(fresh)],
      ...EXCHANGE,
    ],
    phases: { blocked: 0, connect: 17, send: 43, wait: 30, receive: 10, time: 100 },
  },
  {
    fact: 'interim responses: the wait is for the answer itself',
    steps: [
      [5, getConn],
      [50, gotConn(other, true)],
      [60, wroteRequest],
      [70, firstByte],
      [70, interim],
      [95, gotResponse],
      [95, answerOver(other)],
      [100, bodyEnd],
    ],
    phases: { blocked: 50, send: 10, wait: 35, receive: 5, time: 100 },
  },
  {
    fact: '100 Continue: the request is sent until its body was',
    steps: [
      [5, getConn],
      [50, gotConn(other, true)],
      [51, wroteHeaders],
      [51, { kind: 'wait100Continue' }],
      [70, firstByte],
      [70, { kind: 'got100Continue' }],
      [70, interim],
      [80, wroteRequest],
      [95, gotResponse],
      [95, answerOver(other)],
      [100, bodyEnd],
    ],
    phases: { blocked: 50, send: 30, wait: 15, receive: 5, time: 100 },
  },
  {
    fact: 'an answer before the request was sent ends the sending',
    steps: [
      [5, getConn],
      [50, gotConn(other, true)],
      [60, firstByte],
      [60, gotResponse],
      [60, answerOver(other)],
      [80, wroteRequest],
      [100, bodyEnd],
    ],
    phases: { blocked: 50, send: 10, wait: 0, receive: 40, time: 100 },
  },
  {
    fact: 'a request body that outlives the answer',
    steps: [
      [5, getConn],
      [50, gotConn(other, true)],
      [60, firstByte],
      [60, gotResponse],
      [60, answerOver(other)],
      [100, bodyEnd],
      [200, wroteRequest],
    ],
    phases: { blocked: 50, send: 10, wait: 0, receive: 40, time: 100 },
  },
  {
    fact: 'a body that ends before the response is there: until it is',
    steps: [
      [5, getConn],
      [50, gotConn(other, true)],
      [60, wroteRequest],
      [90, firstByte],
      [90, gotResponse],
      [91, bodyEnd],
      [100, answerOver(other)],
    ],
    phases: { blocked: 50, send: 10, wait: 30, receive: 10, time: 100 },
  },
  {
    fact: 'a resend: the attempt before is blocked',
    steps: [
      [0, getConn],
      [1, gotConn(other, true)],
      [2, wroteRequest],
      [30, { kind: 'resend', attempt: 2, error }],
      [30, getConn],
      [50, gotConn(fresh)],
      ...EXCHANGE,
    ],
    phases: { blocked: 50, send: 10, wait: 30, receive: 10, time: 100 },
  },
  {
    fact: 'an answer of a cache: blocked is all there is',
    steps: [
      [20, { kind: 'cacheDecision', decision: 'hit', detail: 'fresh' }],
      [100, { answer: (request) => new HttpResponse('x', { request }) }],
    ],
    phases: { blocked: 100, time: 100 },
  },
  {
    fact: 'a failure before a connection was looked for',
    steps: [[100, { error }]],
    phases: { blocked: 100, time: 100 },
  },
  {
    fact: 'a failure of the look-up lasts until then, and nothing was connected',
    steps: [
      [5, getConn],
      [7, queueStart],
      [10, dialStart],
      [10, dnsStart],
      [98, { kind: 'dnsDone', addresses: [], error }],
      [99, { kind: 'dialEnd', error }],
      [100, { error }],
    ],
    phases: { blocked: 12, dns: 88, time: 100 },
  },
  {
    fact: 'a request that is given up during the look-up, which goes on',
    steps: [
      [5, getConn],
      [10, dialStart],
      [10, dnsStart],
      [100, { error }],
      [150, dnsDone],
    ],
    phases: { blocked: 10, dns: 90, time: 100 },
  },
  {
    fact: 'a failure while connecting',
    steps: [
      [5, getConn],
      [10, dialStart],
      [10, dnsStart],
      [20, dnsDone],
      [20, connectStart],
      [95, { kind: 'connectDone', address: '::1', port: 1, error }],
      [95, { kind: 'dialEnd', error }],
      [100, { error }],
    ],
    phases: { blocked: 15, dns: 10, connect: 75, time: 100 },
  },
  {
    fact: 'a failure in the handshake',
    steps: [
      [0, getConn],
      [0, dialStart],
      [0, connectStart],
      [20, connectDone],
      [20, tlsStart],
      [100, { error }],
    ],
    phases: { blocked: 0, connect: 100, ssl: 80, time: 100 },
  },
  {
    fact: 'a failure in the queue',
    steps: [
      [5, getConn],
      [7, queueStart],
      [100, queueEnd],
      [100, { error }],
    ],
    phases: { blocked: 100, time: 100 },
  },
  {
    fact: 'a failure while the request is sent',
    steps: [
      [5, getConn],
      [50, gotConn(other, true)],
      [100, { error }],
    ],
    phases: { blocked: 50, send: 50, wait: 0, time: 100 },
  },
  {
    fact: 'a failure while the answer is awaited',
    steps: [
      [5, getConn],
      [50, gotConn(other, true)],
      [60, wroteRequest],
      [100, { error }],
    ],
    phases: { blocked: 50, send: 10, wait: 40, time: 100 },
  },
  {
    fact: 'a failure within the head of the answer',
    steps: [
      [5, getConn],
      [50, gotConn(other, true)],
      [60, wroteRequest],
      [90, firstByte],
      [100, { error }],
    ],
    phases: { blocked: 50, send: 10, wait: 30, receive: 10, time: 100 },
  },
  {
    fact: 'a failure within the body',
    steps: [
      [5, getConn],
      [50, gotConn(other, true)],
      [60, wroteRequest],
      [90, firstByte],
      [91, gotResponse],
      [91, answerOver(other)],
      [100, { kind: 'bodyEnd', bodyBytes: 1, error }],
    ],
    phases: { blocked: 50, send: 10, wait: 30, receive: 10, time: 100 },
  },
])('$fact', async ({ steps, phases }) => {
  const all = await timingsOfScript(steps);
  expect(phasesOf(all)).toEqual(phases);
  expect(sumOf(all)).toBe(all.time);
});

test('what has not happened yet is undefined', async () => {
  const untilHead = COLD.slice(0, -1);
  expect(phasesOf(await timingsOfScript(untilHead))).toEqual({ blocked: 12, dns: 10, connect: 28, ssl: 14, send: 10, wait: 30 });
});

test('as curl tells it, each from the start', async () => {
  expect(await timingsOfScript(COLD)).toMatchObject({
    queued: 4,
    earlier: 0,
    timeQueue: 4,
    timeRedirect: undefined,
    timeNamelookup: 20,
    timeConnect: 30,
    timeAppconnect: 45,
    timePretransfer: 50,
    timePosttransfer: 60,
    timeStarttransfer: 90,
    timeTotal: 100,
    numConnects: 1,
    numRetries: 0,
    reused: false,
    connection: fresh,
    attempts: 1,
  });
  const reused = {
    queued: 0,
    timeNamelookup: undefined,
    timeConnect: undefined,
    timeAppconnect: undefined,
    numConnects: 0,
    reused: true,
    connection: other,
  };
  expect(await timingsOfScript(WARM)).toMatchObject(reused);
});

test('resends, retries and redirects are counted, and the time before the last attempt is told', async () => {
  const attempt: readonly Step[] = [
    [0, getConn],
    [0, gotConn(other, true)],
    [0, wroteRequest],
    [0, firstByte],
  ];
  const found = await timingsOfScript([
    ...attempt,
    [1, { kind: 'resend', attempt: 2, error }],
    [1, getConn],
    [2, gotConn(fresh)],
    [3, bodyEnd],
    [3, { kind: 'retry', attempt: 2, delayMs: 7, reason: 'why', status: 503 }],
    [10, getConn],
    [11, gotConn(other, true)],
    [12, bodyEnd],
    [13, { kind: 'redirect', status: 302, hop: 1, url: 'https://example.com/?sig=secret' }],
    [20, getConn],
    [50, gotConn(other, true)],
    ...EXCHANGE,
  ]);
  expect(found).toMatchObject({ blocked: 50, earlier: 20, timeRedirect: 13, numRetries: 2, numConnects: 1, attempts: 4, time: 100 });
});

test('there are none where nobody recorded them', () => {
  const message = 'no timings: it has passed neither recordTimings() nor traceLog()';
  expect(() => timings(new HttpResponse())).toThrow(new TypeError(message));
  expect(() => timings(new Error('x'))).toThrow(new TypeError(message));
});
