import type { ConnectionInfo, TraceEvent } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { checkTree } from './check-tree.ts';

const nowhere = { remoteAddress: undefined, remotePort: undefined, localAddress: undefined, localPort: undefined, tls: undefined };
const connectionOf = (id: number): ConnectionInfo => ({ id, origin: 'http://example.com', protocol: 'http/1.1', ...nowhere });
const connection = connectionOf(1);
const error = new Error('x');

const getConn: TraceEvent = { kind: 'getConn', hostPort: 'example.com:80', origin: 'http://example.com' };
const queueStart: TraceEvent = { kind: 'queueStart', willDial: true, waitsFor: 'own-dial' };
const queueEnd: TraceEvent = { kind: 'queueEnd' };
const dialStart: TraceEvent = { kind: 'dialStart', hostPort: 'example.com:80' };
const connectStart: TraceEvent = { kind: 'connectStart', address: '192.0.2.1', port: 80 };
const connectDone: TraceEvent = { kind: 'connectDone', address: '192.0.2.1', port: 80 };
const connOpened: TraceEvent = { kind: 'connOpened', connection };
const dialEnd: TraceEvent = { kind: 'dialEnd', connection };
const gotConn: TraceEvent = { kind: 'gotConn', connection, reused: false, wasIdle: false, idleTimeMs: 0, dialledByAnother: false };
const wroteHeaders: TraceEvent = { kind: 'wroteHeaders', fieldNames: () => [] };
const wroteRequest: TraceEvent = { kind: 'wroteRequest', bodyBytes: 0 };
const firstByte: TraceEvent = { kind: 'gotFirstResponseByte' };
const gotResponse: TraceEvent = { kind: 'gotResponse', status: 200, proto: 'HTTP/1.1' };
const bodyStart: TraceEvent = { kind: 'bodyStart' };
const bodyEnd: TraceEvent = { kind: 'bodyEnd', bodyBytes: 2 };
const leaseReleased: TraceEvent = { kind: 'leaseReleased', connection };
const putIdleConn: TraceEvent = { kind: 'putIdleConn', connection };
const connClosed: TraceEvent = { kind: 'connClosed', connection, reason: 'idle-timeout', exchanges: 1, lifetimeMs: 1 };
const requestFailed: TraceEvent = { kind: 'requestFailed', error };
const resend: TraceEvent = { kind: 'resend', attempt: 2, error };

const OPENING = [getConn, queueStart, dialStart, connectStart, connectDone, connOpened, dialEnd, queueEnd, gotConn];
const ANSWER = [wroteHeaders, wroteRequest, firstByte, gotResponse, bodyStart, bodyEnd, leaseReleased, putIdleConn];
const WHOLE = [...OPENING, ...ANSWER, connClosed];
const LOST = [getConn, gotConn, wroteHeaders, wroteRequest, leaseReleased, putIdleConn];

test.for<{ fact: string; events: readonly TraceEvent[] }>([
  { fact: 'nothing at all', events: [] },
  { fact: 'a fresh connection and an answer', events: WHOLE },
  { fact: 'a cache that answers', events: [{ kind: 'cacheDecision', decision: 'hit', detail: 'fresh' }] },
  {
    fact: 'an answer that comes before the request is sent',
    events: [getConn, gotConn, wroteHeaders, firstByte, gotResponse, bodyStart, bodyEnd, wroteRequest, leaseReleased],
  },
  { fact: 'a dial that fails', events: [getConn, queueStart, dialStart, { kind: 'dialEnd', error }, queueEnd, requestFailed] },
  { fact: 'a request that fails on a connection that was lost', events: [...LOST, connClosed, requestFailed] },
  { fact: 'a second attempt', events: [...LOST, resend, ...WHOLE.slice(0, -1), connClosed] },
  {
    fact: 'a dial that goes to another when all is over',
    events: [
      getConn,
      queueStart,
      dialStart,
      queueEnd,
      requestFailed,
      connectStart,
      connectDone,
      connOpened,
      dialEnd,
      { kind: 'dialDonated', connection, to: 'pool' },
    ],
  },
  {
    fact: 'an abort that comes of the very word that asks for the body',
    events: [
      getConn,
      gotConn,
      wroteHeaders,
      { kind: 'wait100Continue' },
      firstByte,
      { kind: 'got100Continue' },
      { ...wroteRequest, error },
      leaseReleased,
      requestFailed,
    ],
  },
])('$fact is as it should be', ({ events }) => {
  expect(checkTree(events)).toEqual([]);
});

/** One event less, or another one there. */
const without = (event: TraceEvent): readonly TraceEvent[] => WHOLE.filter((one) => one !== event);

test.for<{ events: readonly TraceEvent[]; faults: readonly string[] }>([
  { events: without(queueEnd), faults: ['event 7: gotConn in the queue', 'event 17: queueStart without queueEnd'] },
  { events: without(connectDone), faults: ['event 5: dialEnd before the end of connectStart', 'event 17: 1 connectStart without an end'] },
  { events: without(dialEnd), faults: ['event 17: 1 dialStart without an end'] },
  {
    events: without(dialStart),
    faults: [
      'event 2: connectStart outside of a dial',
      'event 3: connectDone outside of a dial',
      'event 4: connOpened outside of a dial',
      'event 5: dialEnd outside of a dial',
      'event 5: dialEnd without dialStart',
    ],
  },
  { events: without(connOpened), faults: ['event 5: dialEnd with a connection that was not opened'] },
  { events: without(wroteRequest), faults: ['event 14: leaseReleased before wroteRequest', 'event 17: wroteHeaders without wroteRequest'] },
  { events: without(bodyStart), faults: ['event 13: bodyEnd without bodyStart before it'] },
  {
    events: without(bodyEnd),
    faults: [
      'event 14: leaseReleased before bodyEnd',
      'event 17: bodyStart without bodyEnd',
      'event 17: neither requestFailed nor bodyEnd',
    ],
  },
  {
    events: without(leaseReleased),
    faults: ['event 15: putIdleConn without leaseReleased before it', 'event 17: gotConn without leaseReleased'],
  },
  { events: [...WHOLE, connClosed], faults: ['event 18: connection 1 was closed twice'] },
  { events: [...WHOLE, requestFailed], faults: ['event 18: requestFailed, and there was an answer'] },
  {
    events: [...WHOLE, ...WHOLE.slice(0, 1)],
    faults: ['event 18: getConn again, and nobody said so', 'event 19: neither requestFailed nor bodyEnd'],
  },
  { events: [...LOST, requestFailed, resend], faults: ['event 7: resend of what has an end'] },
  { events: [...LOST, requestFailed, requestFailed], faults: ['event 7: requestFailed twice'] },
  {
    events: [...LOST, requestFailed, bodyStart],
    faults: [
      'event 7: bodyStart after requestFailed',
      'event 7: bodyStart without gotResponse before it',
      'event 7: bodyStart after leaseReleased',
      'event 8: bodyStart without bodyEnd',
    ],
  },
  { events: LOST, faults: ['event 6: neither requestFailed nor bodyEnd'] },
  { events: [wroteHeaders], faults: ['event 0: wroteHeaders before getConn'] },
  {
    events: [getConn, gotConn, { kind: 'leaseReleased', connection: connectionOf(2) }, requestFailed],
    faults: ['event 2: leaseReleased of another connection'],
  },
  {
    events: [getConn, gotConn, leaseReleased, { kind: 'putIdleConn', connection: connectionOf(2) }, requestFailed],
    faults: ['event 3: putIdleConn of another connection'],
  },
  {
    events: [getConn, gotConn, wroteHeaders, { ...wroteRequest, bodyBytes: 3 }, leaseReleased, requestFailed],
    faults: ['event 3: wroteRequest of another body'],
  },
  {
    events: [getConn, { ...gotConn, reused: true, dialledByAnother: true }, leaseReleased, requestFailed],
    faults: ['event 1: gotConn of a connection that is both new and used'],
  },
  { events: [getConn, dialStart, { kind: 'dialEnd', error }, requestFailed], faults: ['event 1: dialStart without queueStart before it'] },
  {
    events: [getConn, queueStart, dialStart, { kind: 'dialEnd' }, queueEnd, requestFailed],
    faults: ['event 3: dialEnd with neither a connection nor an error'],
  },
  {
    events: [getConn, { kind: 'dialDonated', connection, to: 'pool' }, requestFailed],
    faults: ['event 1: dialDonated of what this request has not dialled'],
  },
])('$faults.0', ({ events, faults }) => {
  expect(checkTree(events)).toEqual(faults);
});
