import { BytePeer, testCertificate } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { send } from '../../test/exchanges.ts';
import { carry, settle, type Outcome } from '../../test/hostile/carry.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { HttpResponse } from '../contract/http-response.ts';
import { Transport } from './transport.ts';

const HEAD = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;

interface Message {
  readonly fact: string;
  readonly bytes: string;
  /** Whether the body ends where the connection does: from the end of the head on, an orderly end is the end. */
  readonly endsWithConnection?: boolean;
}

const MESSAGES: readonly Message[] = [
  { fact: 'a length', bytes: `${HEAD}Content-Length: 5\r\n\r\nhello` },
  { fact: 'an empty body', bytes: `${HEAD}Content-Length: 0\r\n\r\n` },
  { fact: 'chunks', bytes: `${CHUNKED}2\r\nhe\r\n3;x="y"\r\nllo\r\n0\r\n\r\n` },
  { fact: 'chunks and trailers', bytes: `${CHUNKED}5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-B: 2\r\n\r\n` },
  { fact: 'an interim response first', bytes: `HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n${HEAD}Content-Length: 2\r\n\r\nok` },
  { fact: 'no content', bytes: 'HTTP/1.1 204 No Content\r\n\r\n' },
  { fact: 'a body that ends with the connection', bytes: `${HEAD}\r\nhello`, endsWithConnection: true },
];

type End = 'fin' | 'rst' | 'destroy';

/** What must come of a message that was cut: the one case that is no failure is the orderly end of a body that has no other. */
function verdictOf({ bytes, endsWithConnection = false }: Message, cut: number, end: End): string {
  const headBytes = bytes.indexOf('\r\n\r\n') + 4;
  if (!endsWithConnection || end === 'rst' || cut < headBytes) return 'refused';
  return `taken ${JSON.stringify(bytes.slice(headBytes, cut))}`;
}

function shown(outcome: Outcome): string {
  return outcome.kind === 'taken' ? `taken ${JSON.stringify(outcome.body)}` : 'refused';
}

/** A message cut at every place, in one piece and byte by byte. */
function cutsOf(message: Message): { pieces: readonly string[]; ending: 'fin' | 'rst'; verdict: string }[] {
  const cuts = Array.from({ length: message.bytes.length }, (_, cut) => ({ cut, text: message.bytes.slice(0, cut) }));
  const endings = ['fin', 'rst'] as const;
  return endings.flatMap((ending) =>
    cuts.flatMap(({ cut, text }) =>
      [[text], text.split('')].map((pieces) => ({ pieces, ending, verdict: verdictOf(message, cut, ending) })),
    ),
  );
}

describe('an answer that is cut anywhere is a failure, in the engine', () => {
  test.for(MESSAGES)('$fact', async (message) => {
    const wrong: string[] = [];
    for (const { pieces, ending, verdict } of cutsOf(message)) {
      const outcome = await carry({ pieces, ending });
      if (shown(outcome) !== verdict) wrong.push(`${ending} after ${JSON.stringify(pieces)}: ${shown(outcome)}`);
    }
    expect(wrong).toEqual([]);
    expect(await carry({ pieces: [message.bytes], ending: 'fin' })).toMatchObject({ kind: 'taken' });
  });
});

/** A peer that cuts a message as the path says: `/message/cut/end`. */
function cuttingPeer(tls: boolean): Promise<BytePeer> {
  return BytePeer.listen(
    async (conversation) => {
      const [, number, cut, end] = / \/(\d+)\/(\d+)\/(\w+) /.exec(await conversation.readHead()) ?? [];
      await conversation.write(MESSAGES[Number(number)]?.bytes.slice(0, Number(cut)) ?? '');
      if (end === 'fin') conversation.end();
      else if (end === 'rst') conversation.reset();
      else conversation.destroy();
      await conversation.closed;
    },
    { tls },
  );
}

interface CutPeer {
  readonly transport: Transport;
  readonly url: string;
}

async function outcomesOfCuts({ transport, url }: CutPeer, number: number, end: End): Promise<string[]> {
  const message = MESSAGES[number];
  if (message === undefined) return [];
  const cuts = Array.from({ length: message.bytes.length }, (_, cut) => cut);
  const outcomes = await Promise.all(cuts.map((cut) => settle(send(transport, `${url}/${number}/${cut}/${end}`), [])));
  return outcomes.flatMap((outcome, cut) => {
    const isRight = shown(outcome) === verdictOf(message, cut, end);
    return isRight ? [] : [`cut at ${cut} by ${end}: ${shown(outcome)}, not ${verdictOf(message, cut, end)}`];
  });
}

const NUMBERED = MESSAGES.map(({ fact }, number) => ({ fact, number }));

describe('an answer that is cut anywhere is a failure, over a socket', () => {
  test.for(NUMBERED)('$fact', async ({ number }) => {
    await using peer = await cuttingPeer(false);
    await using transport = new Transport({ maxConnsPerHost: 20 });
    for (const end of ['fin', 'rst'] as const) expect(await outcomesOfCuts({ transport, url: peer.url }, number, end)).toEqual([]);
  });
});

/** `destroy` sends FIN and no close_notify. Node does not tell, and so this is what RFC 9112 §9.8 would have be an incomplete answer. */
describe('an answer that is cut anywhere is a failure, over TLS, but for one that ends with its connection', () => {
  test.for(NUMBERED)('$fact', async ({ number }) => {
    await using peer = await cuttingPeer(true);
    await using transport = new Transport({ maxConnsPerHost: 20, tls: { ca: testCertificate.ca } });
    const url = peer.url.replace('127.0.0.1', 'localhost');
    for (const end of ['fin', 'rst', 'destroy'] as const) expect(await outcomesOfCuts({ transport, url }, number, end)).toEqual([]);
  });
});

async function drain(chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[]): Promise<void> {
  for await (const chunk of chunks) void chunk;
}

const READERS: readonly { fact: string; read: (response: HttpResponse) => Promise<unknown> }[] = [
  { fact: 'text()', read: (response) => response.text() },
  { fact: 'json()', read: (response) => response.json() },
  { fact: 'bytes()', read: (response) => response.bytes() },
  { fact: 'arrayBuffer()', read: (response) => response.arrayBuffer() },
  { fact: 'blob()', read: (response) => response.blob() },
  { fact: 'formData()', read: (response) => response.formData() },
  { fact: 'chunks()', read: (response) => drain(response.chunks()) },
  { fact: 'body', read: (response) => drain(response.body ?? []) },
  { fact: 'a clone', read: (response) => response.clone().text() },
];

test.for(READERS)('a cut body fails who reads it by $fact', async ({ read }) => {
  await using peer = await cuttingPeer(false);
  await using transport = new Transport();
  for (const end of ['fin', 'rst', 'destroy'] as const) {
    const response = await send(transport, `${peer.url}/0/42/${end}`).catch(() => undefined);
    // A reset may overtake the head.
    if (response === undefined) expect(end).toBe('rst');
    else expect(await rejectionOf(read(response))).toMatchObject({ code: 'truncated', phase: 'response-body', sent: 'all' });
  }
});
