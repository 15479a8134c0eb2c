import { createHash, randomBytes } from 'node:crypto';

import { compose, HttpRequest, Transport, type HttpResponse } from '@roundtripper/core';
import { BytePeer, type Conversation } from '@roundtripper/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { gather, itself } from '../test/scripted.ts';
import { resumeDownloads, retry } from './index.ts';

const FILE = randomBytes(200_000);
const quick = { minTimeout: 0, budget: false } as const;

/** How a connection is cut, and after how many bytes of a body. */
interface Cut {
  readonly after: number;
  readonly how: 'end' | 'reset';
}

/** Serves FILE, whole or in part, and cuts the answers short as listed; those that come after are whole. */
async function serving(cuts: readonly Cut[], isChunked = false): Promise<BytePeer> {
  let answers = 0;
  return BytePeer.listen(async (conversation) => {
    for await (const head of conversation.heads()) {
      const cut = cuts[answers];
      answers += 1;
      const first = Number(/^range: bytes=(\d+)-/im.exec(head)?.[1] ?? '0');
      const body = FILE.subarray(first);
      await conversation.write(headFor(first, body.length, isChunked && first > 0));
      const sent = body.subarray(0, cut?.after ?? body.length);
      await conversation.write(isChunked && first > 0 ? chunked(sent, sent.length === body.length) : sent);
      if (cut !== undefined && cut.after < body.length) return cutOff(conversation, cut);
    }
    return undefined;
  });
}

function headFor(first: number, length: number, isChunked: boolean): string {
  const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
  if (first === 0) return `HTTP/1.1 200 OK\r\nETag: "v1"\r\n${framing}\r\n\r\n`;
  return `HTTP/1.1 206 Partial Content\r\nETag: "v1"\r\nContent-Range: bytes ${first}-${FILE.length - 1}/${FILE.length}\r\n${framing}\r\n\r\n`;
}

function chunked(bytes: Uint8Array, isWhole: boolean): Uint8Array {
  const size = bytes.length === 0 ? [] : [Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')];
  return Buffer.concat([...size, Buffer.from(isWhole ? '0\r\n\r\n' : '')]);
}

function cutOff(conversation: Conversation, { how }: Cut): void {
  if (how === 'reset') conversation.reset();
  else conversation.end();
}

const readers: Readonly<Record<string, (response: HttpResponse) => Promise<Uint8Array>>> = {
  bytes: (response) => response.bytes(),
  chunks: (response) => gather(response.chunks()),
  lent: (response) => gather(response.chunks({ lent: true })),
  stream: (response) => gather(response.body),
};

const aCut = fc.record({
  after: fc.oneof(fc.constantFrom(0, 1, 65_535, 65_536, 65_537, 199_999), fc.nat({ max: 199_999 })),
  how: fc.constantFrom<Cut['how']>('end', 'reset'),
});

test('cut anywhere and however, up to so often, it is read to its end, byte by byte', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(aCut, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      fc.constantFrom(...Object.values(readers)),
      async (cuts, isChunked, read) => {
        await using peer = await serving(cuts, isChunked);
        await using client = compose(resumeDownloads(quick), retry(quick), new Transport());
        const bytes = await read(await client.roundTrip(new HttpRequest(peer.url)));
        expect(digest(bytes)).toBe(digest(FILE));
      },
    ),
    { numRuns: 60 },
  ));

function digest(bytes: Uint8Array): string {
  return `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The first answer is cut after 1 000 bytes, and the next request is answered by `answer`. */
async function download(
  answer: string | Uint8Array,
): Promise<{ readonly read: number; readonly isPrefix: boolean; readonly error: unknown }> {
  await using peer = await BytePeer.listen(async (conversation) => {
    await conversation.readHead();
    if (conversation.number > 1) {
      await conversation.write(answer);
      conversation.end();
      return;
    }
    await conversation.write(headFor(0, FILE.length, false));
    await conversation.write(FILE.subarray(0, 1_000));
    conversation.end();
  });
  await using client = compose(resumeDownloads({ ...quick, retries: 1 }), new Transport());
  const chunks: Uint8Array[] = [];
  let error: unknown;
  try {
    for await (const chunk of (await client.roundTrip(new HttpRequest(peer.url))).chunks()) chunks.push(chunk);
  } catch (thrown) {
    error = thrown;
  }
  const bytes = Buffer.concat(chunks);
  return { read: bytes.length, isPrefix: bytes.equals(FILE.subarray(0, bytes.length)), error };
}

const REST = FILE.subarray(1_000);
const range = `bytes 1000-${FILE.length - 1}/${FILE.length}`;

function forged(status: string, fields: readonly string[], body: Uint8Array | string = REST): Uint8Array {
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${[status, ...fields].join('\r\n')}\r\n\r\n`), Buffer.from(body)]);
}

const length = `Content-Length: ${REST.length}`;

test.for<{ fact: string; answer: string | Uint8Array; code: string; read?: number }>([
  {
    fact: 'the part before',
    answer: forged('206 X', ['ETag: "v1"', `Content-Range: bytes 999-${FILE.length - 2}/${FILE.length}`, length]),
    code: 'resume-invalid',
  },
  {
    fact: 'a part from the beginning',
    answer: forged('206 X', ['ETag: "v1"', `Content-Range: bytes 0-${REST.length - 1}/${FILE.length}`, length]),
    code: 'resume-invalid',
  },
  { fact: 'no range', answer: forged('206 X', ['ETag: "v1"', length]), code: 'resume-invalid' },
  {
    fact: 'two ranges',
    answer: forged('206 X', ['ETag: "v1"', `Content-Range: ${range}`, `Content-Range: ${range}`, length]),
    code: 'resume-invalid',
  },
  { fact: 'another version', answer: forged('206 X', ['ETag: "v2"', `Content-Range: ${range}`, length]), code: 'resume-changed' },
  { fact: 'no version', answer: forged('206 X', [`Content-Range: ${range}`, length]), code: 'resume-changed' },
  {
    fact: 'another coding',
    answer: forged('206 X', ['ETag: "v1"', 'Content-Encoding: gzip', `Content-Range: ${range}`, length]),
    code: 'resume-invalid',
  },
  {
    fact: 'a length that is not the range’s',
    answer: forged(
      '206 X',
      ['ETag: "v1"', `Content-Range: ${range}`, `Content-Length: ${REST.length + 1}`],
      Buffer.concat([REST, Buffer.from('X')]),
    ),
    code: 'resume-invalid',
  },
  {
    fact: 'more bytes than announced, in chunks',
    answer: forged(
      '206 X',
      ['ETag: "v1"', `Content-Range: ${range}`, 'Transfer-Encoding: chunked'],
      chunked(Buffer.concat([REST, Buffer.from('X')]), true),
    ),
    code: 'resume-invalid',
    read: -1,
  },
  {
    fact: 'more bytes than announced, up to the end of the connection',
    answer: forged('206 X', ['ETag: "v1"', `Content-Range: ${range}`], Buffer.concat([REST, REST])),
    code: 'resume-invalid',
    read: -1,
  },
  {
    fact: 'fewer bytes than announced, in chunks',
    answer: forged('206 X', ['ETag: "v1"', `Content-Range: ${range}`, 'Transfer-Encoding: chunked'], chunked(REST.subarray(0, 500), true)),
    code: 'truncated',
    read: 1_500,
  },
  {
    fact: 'fewer bytes than announced',
    answer: forged('206 X', ['ETag: "v1"', `Content-Range: ${range}`, length], REST.subarray(0, 500)),
    code: 'truncated',
    read: 1_500,
  },
  {
    fact: 'several parts',
    answer: forged('206 X', ['ETag: "v1"', 'Content-Type: multipart/byteranges; boundary=x', `Content-Range: ${range}`, length]),
    code: 'resume-invalid',
  },
  { fact: 'another whole', answer: forged('200 OK', ['ETag: "v2"', 'Content-Length: 3'], 'new'), code: 'resume-changed' },
  { fact: 'the whole again', answer: forged('200 OK', ['ETag: "v1"', `Content-Length: ${FILE.length}`], FILE), code: 'resume-refused' },
  { fact: 'a condition that fails', answer: forged('412 X', ['Content-Length: 0'], ''), code: 'resume-changed' },
  {
    fact: 'a range that cannot be',
    answer: forged('416 X', ['Content-Range: bytes */5', 'Content-Length: 0'], ''),
    code: 'resume-changed',
  },
  { fact: 'no HTTP', answer: 'hello', code: 'malformed-response' },
  { fact: 'nothing', answer: '', code: 'connection-closed' },
])('an answer that is $fact is an error, and no wrong byte is read', async ({ answer, code, read = 1_000 }) => {
  const found = await download(answer);
  expect([found.isPrefix, found.error]).toMatchObject([true, { code }]);
  if (read !== -1) expect(found.read).toBe(read);
});

test('a reader that leaves in the midst of it leaves no connection and no request behind', async () => {
  await using peer = await serving([{ after: 100_000, how: 'reset' }]);
  await using client = compose(resumeDownloads(quick), new Transport());
  const response = await client.roundTrip(new HttpRequest(peer.url));
  for await (const chunk of response.chunks()) if (chunk.length > 0) break;
  await peer.whenOpenConnections(0);
  expect(await response.text().catch(itself)).toBeInstanceOf(Error);
});
