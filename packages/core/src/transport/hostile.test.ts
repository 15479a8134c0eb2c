import { BytePeer, RecordingTrace } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { fetchText, isInUse, send } from '../../test/exchanges.ts';
import { settle } from '../../test/hostile/carry.ts';
import { HOSTILE_TABLES } from '../../test/hostile/tables.ts';
import { NO_ANSWER } from '../../test/hostile/early-end.ts';
import { OK, type Ending, type HostileRow } from '../../test/hostile/row.ts';
import { everySplit } from '../../test/read-response.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { RoundTripError } from '../contract/round-trip-error.ts';
import type { CloseReason } from '../contract/trace-event.ts';
import { Transport } from './transport.ts';

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

/** Keeps what happens, and says when the connection is closed. */
function closeWatcher(): { recorder: RecordingTrace; closed: Promise<void> } {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const recorder = new RecordingTrace((event) => {
    if (event.kind === 'connClosed') resolve();
  });
  return { recorder, closed };
}

async function expectGoodRequest(transport: Transport, peer: BytePeer): Promise<void> {
  expect(await fetchText(transport, peer.url)).toBe('ok');
  expect(transport.stats()).toMatchObject([{ open: 1, idle: 1, dialing: 0, waiting: 0 }]);
}

async function expectRow({ bytes, ending = 'open', method = 'GET', expected }: HostileRow, isReused: boolean): Promise<void> {
  await using peer = await hostilePeer(bytes, ending);
  await using transport = new Transport();
  if (isReused) await expectGoodRequest(transport, peer);
  const { recorder, closed } = closeWatcher();
  const interim: number[] = [];
  const sent = send(transport, `${peer.url}/hostile`, { method, trace: recorder.trace });
  const outcome = await settle(sent, interim);
  interim.push(...recorder.all('got1xxResponse').map((event) => event.status));
  if (expected.closed !== undefined) await closed;
  expect({ ...outcome, closed: recorder.closeReasons[0] }).toMatchObject(expected);
  if (expected.kind === 'refused') expect(transport.stats().filter(isInUse)).toEqual([]);
  await expectGoodRequest(transport, peer);
  expect(peer.connectionsOpened).toBe(expected.closed === undefined ? 1 : 2);
}

describe.for(HOSTILE_TABLES)('$name', ({ rows }) => {
  test.for(rows)('$fact, and the next request is answered', (row) => expectRow(row, false));
  test.for(rows)('$fact on a connection that was used before, and the next request is answered', (row) => expectRow(row, true));
});

test.for(NO_ANSWER)('$fact', (row) => expectRow(row, false));

test.for(NO_ANSWER)(
  '$fact on a connection that was used before: the request goes out again, once',
  async ({ bytes, ending = 'open', expected }) => {
    await using peer = await hostilePeer(bytes, ending);
    await using transport = new Transport();
    await expectGoodRequest(transport, peer);
    const recorder = new RecordingTrace();
    const error = await rejectionOf(send(transport, `${peer.url}/hostile`, { trace: recorder.trace }));
    expect(error).toBeInstanceOf(RoundTripError);
    expect(error).toMatchObject({ sent: 'all', timeout: false, origin: peer.url, isConnectionReused: false });
    expect(recorder.all('resend')).toHaveLength(1);
    expect(recorder.closeReasons).toEqual(['server-closed-idle', expected.closed]);
    await expectGoodRequest(transport, peer);
  },
);

test('a failure says what was sent, to whom, and over which connection', async () => {
  await using peer = await hostilePeer('garbage', 'open');
  await using transport = new Transport();
  for (const isConnectionReused of [false, true]) {
    const error = await rejectionOf(send(transport, `${peer.url}/hostile`));
    expect(error).toMatchObject({ sent: 'all', timeout: false, origin: peer.url, isConnectionReused });
    expect(error).toHaveProperty('connection.origin', peer.url);
    await expectGoodRequest(transport, peer);
  }
});

const ON_IDLE: readonly { fact: string; bytes: string; reason: CloseReason }[] = [
  { fact: 'a response', bytes: OK, reason: 'unsolicited-data' },
  { fact: 'a status line of the next response', bytes: 'HTTP/1.1 299 Poison\r\n', reason: 'unsolicited-data' },
  { fact: 'garbage', bytes: '\0\0', reason: 'unsolicited-data' },
  { fact: 'an empty line', bytes: '\r\n', reason: 'unsolicited-data' },
  {
    fact: 'a 408, which is a way to say goodbye',
    bytes: 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n',
    reason: 'server-closed-idle',
  },
  { fact: 'its end', bytes: '', reason: 'server-closed-idle' },
];

test.for(ON_IDLE)('an idle connection on which comes $fact is closed', async ({ bytes, reason }) => {
  const isIdle = Promise.withResolvers<void>();
  await using peer = await BytePeer.listen(async (conversation) => {
    await conversation.readHead();
    await conversation.write(OK);
    if (conversation.number > 1) return;
    await isIdle.promise;
    if (bytes === '') conversation.end();
    else await conversation.write(bytes);
    await conversation.readUntilClose();
  });
  await using transport = new Transport();
  const { recorder, closed } = closeWatcher();
  expect(await fetchText(transport, peer.url, { trace: recorder.trace })).toBe('ok');
  isIdle.resolve();
  await closed;
  expect(recorder.closeReasons).toEqual([reason]);
  expect(transport.stats().filter(isInUse)).toEqual([]);
  await peer.whenOpenConnections(0);
  await expectGoodRequest(transport, peer);
});

test('a connection is not kept for which the server gives no time', async () => {
  await using peer = await hostilePeer(OK.replace('\r\n\r\n', '\r\nKeep-Alive: timeout=0\r\n\r\n'), 'open');
  await using transport = new Transport();
  expect(await fetchText(transport, `${peer.url}/hostile`)).toBe('ok');
  await expectGoodRequest(transport, peer);
  expect(peer.connectionsOpened).toBe(2);
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
