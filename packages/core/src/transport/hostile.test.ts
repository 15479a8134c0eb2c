import { BytePeer } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { fetchText, isInUse } from '../../test/exchanges.ts';
import { everySplit } from '../../test/read-response.ts';
import { Recorder, rejectionOf } from '../../test/recorder.ts';
import { RoundTripError, type Phase, type RoundTripErrorCode } from '../contract/round-trip-error.ts';
import type { CloseReason } from '../contract/trace-event.ts';
import { Transport } from './transport.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

type Ending = 'fin' | 'rst' | 'open';

interface Row {
  readonly fact: string;
  readonly bytes: string;
  /** What the peer does after its bytes. */
  readonly ending?: Ending;
  readonly code: RoundTripErrorCode;
  readonly phase: Phase;
  readonly reason: CloseReason;
  readonly method?: string;
}

/** A peer that answers `/hostile` with these bytes, and anything else as a server should. */
function hostilePeer(bytes: string, ending: Ending): Promise<BytePeer> {
  return BytePeer.listen(async (conversation) => {
    for await (const head of conversation.heads()) {
      if (!head.includes(' /hostile ')) {
        await conversation.write(OK);
        continue;
      }
      await conversation.write(bytes);
      if (ending === 'fin') conversation.end();
      if (ending === 'rst') return conversation.reset();
    }
  });
}

const HEAD: Pick<Row, 'phase' | 'reason'> = { phase: 'response-head', reason: 'malformed-response' };
const LOST: Pick<Row, 'phase' | 'reason'> = { phase: 'response-head', reason: 'connection-lost' };
const CUT: Pick<Row, 'code' | 'phase' | 'reason'> = { code: 'truncated', phase: 'response-body', reason: 'truncated' };
const SETTINGS = '\0\0\u0012\u0004\0\0\0\0\0\0\u0003\0\0\0\u0064\0\u0004\0\u0001\0\0\0\u0001\0\u0001\0\0';

const FAILURES: readonly Row[] = [
  { fact: 'garbage', bytes: '\0\xff\x16not HTTP\r\n\r\n', code: 'malformed-response', ...HEAD },
  { fact: 'a TLS alert in the clear', bytes: '\x15\x03\x01\0\x02\x02\x46', code: 'malformed-response', ...HEAD },
  { fact: 'HTTP/2 settings', bytes: SETTINGS, code: 'malformed-response', ...HEAD },
  { fact: 'the preface of HTTP/2', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', code: 'malformed-response', ...HEAD },
  { fact: 'another version', bytes: 'HTTP/2.0 200 OK\r\n\r\n', code: 'malformed-response', ...HEAD },
  { fact: 'HTTP/0.9', bytes: '<html>hello', code: 'malformed-response', ...HEAD },
  { fact: 'a status that is none', bytes: 'HTTP/1.1 2x0 OK\r\n\r\n', code: 'malformed-response', ...HEAD },
  { fact: 'a field without a name', bytes: 'HTTP/1.1 200 OK\r\n: x\r\n\r\n', code: 'malformed-response', ...HEAD },
  {
    fact: 'two lengths',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok',
    code: 'malformed-response',
    ...HEAD,
  },
  { fact: 'a length below zero', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', code: 'malformed-response', ...HEAD },
  { fact: 'a coding we did not ask for', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n', code: 'malformed-response', ...HEAD },
  {
    fact: 'another protocol, unasked',
    bytes: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
    code: 'malformed-response',
    ...HEAD,
  },
  {
    fact: 'a head without end',
    bytes: `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(70_000)}`,
    code: 'response-limit',
    phase: 'response-head',
    reason: 'response-limit',
  },
  {
    fact: 'fields without end',
    bytes: `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(1_001)}\r\n`,
    code: 'response-limit',
    phase: 'response-head',
    reason: 'response-limit',
  },
  {
    fact: 'thousands of interim responses',
    bytes: 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(5_000),
    code: 'response-limit',
    phase: 'response-head',
    reason: 'response-limit',
  },
  { fact: 'nothing, and its end', bytes: '', ending: 'fin', code: 'connection-closed', ...LOST },
  { fact: 'a reset', bytes: '', ending: 'rst', code: 'connection-reset', ...LOST },
  { fact: 'half a head', bytes: 'HTTP/1.1 200 OK\r\nContent-', ending: 'fin', code: 'connection-closed', ...LOST },
  { fact: 'an interim response and its end', bytes: 'HTTP/1.1 103 Early\r\n\r\n', ending: 'fin', code: 'connection-closed', ...LOST },
  { fact: 'half a body', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhal', ending: 'fin', ...CUT },
  { fact: 'half a body and a reset', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhal', ending: 'rst', ...CUT },
  { fact: 'half a chunk', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal', ending: 'fin', ...CUT },
  { fact: 'no last chunk', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n', ending: 'fin', ...CUT },
  { fact: 'no end of trailers', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n', ending: 'fin', ...CUT },
  { fact: 'a body that ends with a reset', bytes: 'HTTP/1.1 200 OK\r\n\r\nwho knows', ending: 'rst', ...CUT },
  {
    fact: 'a chunk size that is none',
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
    code: 'malformed-response',
    phase: 'response-body',
    reason: 'malformed-response',
  },
  {
    fact: 'a chunk longer than it says',
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n',
    code: 'malformed-response',
    phase: 'response-body',
    reason: 'malformed-response',
  },
];

describe.for([false, true])('on a connection that was used before: %s', (isReused) => {
  test.for(FAILURES)('$fact: $code', async ({ bytes, ending = 'open', code, phase, reason, method = 'GET' }) => {
    await using peer = await hostilePeer(bytes, ending);
    await using transport = new Transport();
    if (isReused) expect(await fetchText(transport, peer.url)).toBe('ok');
    const recorder = new Recorder();
    const sent = fetchText(transport, `${peer.url}/hostile`, { method, trace: recorder.trace });
    const error = await rejectionOf(sent);
    expect(error).toBeInstanceOf(RoundTripError);
    expect(error).toMatchObject({ code, phase, sent: 'all', timeout: false, origin: peer.url });
    const isResent = isReused && bytes === '';
    expect(recorder.all('resend')).toHaveLength(isResent ? 1 : 0);
    expect(error).toHaveProperty('isConnectionReused', isReused && !isResent);
    expect(recorder.closeReasons).toEqual(isResent ? ['server-closed-idle', reason] : [reason]);
    expect(transport.stats().filter(isInUse)).toEqual([]);
    expect(await fetchText(transport, peer.url)).toBe('ok');
    expect(transport.stats()).toMatchObject([{ open: 1, idle: 1, dialing: 0, waiting: 0 }]);
  });
});

test.for<{ fact: string; bytes: string; ending?: Ending; text: string; reason: CloseReason | undefined; method?: string }>([
  {
    fact: 'interim responses first',
    bytes: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}`,
    text: 'ok',
    reason: undefined,
  },
  { fact: 'bytes after the message', bytes: `${OK}more`, text: 'ok', reason: 'unsolicited-data' },
  { fact: 'a second response', bytes: `${OK}${OK}`, text: 'ok', reason: 'unsolicited-data' },
  { fact: 'a body on 204', bytes: 'HTTP/1.1 204 No Content\r\n\r\nbody', text: '', reason: 'unsolicited-data' },
  { fact: 'a body on HEAD', bytes: OK, text: '', reason: 'unsolicited-data', method: 'HEAD' },
  { fact: 'a length on 304', bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', text: '', reason: undefined },
  {
    fact: 'chunks and a length',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    text: 'ok',
    reason: 'doubtful-framing',
  },
  { fact: 'the end with the connection', bytes: 'HTTP/1.1 200 OK\r\n\r\nok', ending: 'fin', text: 'ok', reason: 'until-close' },
])('$fact: the answer is taken, and what follows is not trusted', async ({ bytes, ending = 'open', text, reason, method = 'GET' }) => {
  await using peer = await hostilePeer(bytes, ending);
  await using transport = new Transport();
  const recorder = new Recorder();
  expect(await fetchText(transport, `${peer.url}/hostile`, { method, trace: recorder.trace })).toBe(text);
  expect(recorder.closeReasons).toEqual(reason === undefined ? [] : [reason]);
  expect(await fetchText(transport, peer.url)).toBe('ok');
  expect(peer.connectionsOpened).toBe(reason === undefined ? 1 : 2);
});

test.for<{ fact: string; bytes: string; reason: CloseReason }>([
  { fact: 'a response', bytes: OK, reason: 'unsolicited-data' },
  { fact: 'garbage', bytes: '\0\0', reason: 'unsolicited-data' },
  {
    fact: 'a 408, which is a way to say goodbye',
    bytes: 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n',
    reason: 'server-closed-idle',
  },
  { fact: 'its end', bytes: '', reason: 'server-closed-idle' },
])('an idle connection on which comes $fact is closed', async ({ bytes, reason }) => {
  const isIdle = Promise.withResolvers<void>();
  await using peer = await BytePeer.listen(async (conversation) => {
    await conversation.readHead();
    await conversation.write(OK);
    await isIdle.promise;
    if (bytes === '') conversation.end();
    else await conversation.write(bytes);
    await conversation.readUntilClose();
  });
  await using transport = new Transport();
  const closed = Promise.withResolvers<void>();
  const recorder = new Recorder((event) => {
    if (event.kind === 'connClosed') closed.resolve();
  });
  expect(await fetchText(transport, peer.url, { trace: recorder.trace })).toBe('ok');
  isIdle.resolve();
  await closed.promise;
  expect(recorder.closeReasons).toEqual([reason]);
  expect(transport.stats().filter(isInUse)).toEqual([]);
  await peer.whenOpenConnections(0);
});

test.for([
  { fact: 'a length', message: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello' },
  {
    fact: 'chunks and trailers',
    message: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nT: v\r\n\r\n',
  },
  { fact: 'interim responses', message: 'HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello' },
])('$fact, split anywhere, are read as the whole is', async ({ message }) => {
  const splits = everySplit(message);
  await using peer = await BytePeer.listen(async (conversation) => {
    for await (const head of conversation.heads()) {
      const pieces = splits[Number(/ \/(\d+) /.exec(head)?.[1])] ?? [];
      for (const piece of pieces) {
        await conversation.write(piece);
        // Else the system may put them together again.
        await new Promise(setImmediate);
      }
    }
  });
  await using transport = new Transport();
  const texts = await Promise.all(splits.map((_, at) => fetchText(transport, `${peer.url}/${at}`)));
  expect(texts.filter((text) => text !== 'hello')).toEqual([]);
  expect(transport.stats()[0]?.idle).toBe(transport.stats()[0]?.open);
});
