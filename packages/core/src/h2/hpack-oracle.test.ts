import {
  createServer,
  sensitiveHeaders,
  type Http2Server,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { Random } from '../../test/hostile/fuzz/random.ts';
import { HpackNodeSession } from '../../test/hpack-node-session.ts';
import { listen } from '../../test/servers/listen.ts';

/**
 * node:http2's HPACK is nghttp2's. What our encoder sends it decodes, what it sends our decoder decodes, over a socket, with tables of all sizes that change on
 * the way. The frames in between are the test's own.
 */
let server: Http2Server;
let port: number;
let sessions: ServerHttp2Session[];
/** What the server was asked for, name and value each. */
let asked: readonly string[];
/** What it answers. */
let answer: Answer;

/** The types do not know of `sendDate`. */
const RESPOND = { endStream: true, sendDate: false };

beforeEach(async () => {
  sessions = [];
  server = createServer({ maxDeflateDynamicTableSize: 16_384, maxHeaderListPairs: 1_000, settings: { maxHeaderListSize: 1_048_576 } });
  server.on('session', (session) => sessions.push(session));
  server.on('stream', (stream: ServerHttp2Stream, _headers, _flags, rawHeaders) => {
    asked = rawHeaders;
    stream.respond({ ...answer.headers, [sensitiveHeaders]: answer.secrets }, RESPOND);
  });
  port = await listen(server);
});

afterEach(async () => {
  for (const session of sessions) session.destroy();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
});

const TEXT = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).filter((character) => /[!-~\x80-\xff]/.test(character));
const NAMES = ['accept', 'cache-control', 'content-type', 'etag', 'location', 'server', 'vary', 'x-one', 'x-two', 'x-three'];

const COMMON = ['', 'a', 'no-cache', 'text/html; charset=utf-8', '0'.repeat(50), 'latin1 \xe4\xf6\xfc\xdf', 'value 1', 'value 2'];

/** Few values that come again and again, and ones that nobody wrote. */
function someValue(random: Random): string {
  if (random.below(3) > 0) return random.pick(COMMON);
  return Array.from({ length: 1 + random.below(60) }, () => random.pick(TEXT)).join('');
}

function someFields(random: Random, names: readonly string[]): string[] {
  return Array.from({ length: random.below(12) }, () => [random.pick(names), someValue(random)]).flat();
}

function someRequest(random: Random): string[] {
  const start = [':method', random.pick(['GET', 'POST', 'PUT']), ':scheme', random.pick(['http', 'https']), ':authority', 'a.example'];
  const path = `/${random.pick(['', 'index.html', 'a', 'items', `items/${random.below(1_000)}`, 'x'.repeat(300)])}`;
  return [...start, ':path', path, ...someFields(random, [...NAMES, 'authorization', 'if-none-match'])];
}

/** A response as node:http2 is to send it. */
interface Answer {
  readonly headers: OutgoingHttpHeaders;
  /** The names of fields that it must never index. */
  readonly secrets: readonly string[];
}

/** Several of one name come as a list, which node:http2 takes of `set-cookie` only. */
function someAnswer(random: Random): Answer {
  const fields = new Map(pairsOf(someFields(random, NAMES)));
  const cookies = Array.from({ length: random.below(4) }, () => someValue(random));
  return {
    headers: { ':status': random.pick([200, 204, 304, 404, 418, 500]), ...Object.fromEntries(fields), 'set-cookie': cookies },
    secrets: random.below(2) === 0 ? ['x-two', 'set-cookie'] : [],
  };
}

function pairsOf(fields: readonly string[]): [string, string][] {
  return fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1] ?? '']] : []));
}

function fieldsOf({ headers }: Answer): string[] {
  return Object.entries(headers).flatMap(([name, value]) => [value ?? ''].flat().flatMap((each) => [name, String(each)]));
}

/** Every so often one side changes what the other may use. */
const TABLE_SIZES = [0, 50, 200, 1_000, 4_096, 8_192, 16_384, 65_536];

test.for([
  { seed: 1, maxTableBytes: 4_096 },
  { seed: 2, maxTableBytes: 65_536 },
  { seed: 3, maxTableBytes: 100 },
  { seed: 4, maxTableBytes: 0 },
  { seed: 5, maxTableBytes: 1_000 },
])(
  'what we and node:http2 send each other is what arrives, with $maxTableBytes bytes of table at most',
  { timeout: 60_000 },
  async ({ seed, maxTableBytes }) => {
    const random = new Random(seed);
    await using session = await HpackNodeSession.open(port, maxTableBytes, 'x-three');
    for (let count = 0; count < 300; count++) {
      if (random.below(15) === 0) sessions[0]?.settings({ headerTableSize: random.pick(TABLE_SIZES) });
      if (random.below(15) === 0) await session.announce(random.pick(TABLE_SIZES));
      const request = someRequest(random);
      answer = someAnswer(random);
      const received = await session.request(request);
      expect(asked).toEqual(request);
      expect(received).toEqual(fieldsOf(answer));
    }
    expect(session.updatesReceived).toBeGreaterThan(5);
    expect(sessions).toHaveLength(1);
  },
);

test('every character that a value may have arrives, both ways', async () => {
  await using session = await HpackNodeSession.open(port, 4_096);
  for (const value of [TEXT.join(''), ...TEXT.map((character) => character.repeat(9))]) {
    answer = { headers: { ':status': 200, 'x-one': value }, secrets: [] };
    const request = [':method', 'GET', ':scheme', 'http', ':authority', 'a.example', ':path', '/', 'x-one', value];
    expect(await session.request(request)).toEqual([':status', '200', 'x-one', value]);
    expect(asked).toEqual(request);
  }
});

test('answers that come again are the same again, whatever was between them', async () => {
  await using session = await HpackNodeSession.open(port, 4_096);
  const random = new Random(7);
  const answers = Array.from({ length: 8 }, () => someAnswer(random));
  const request = [':method', 'GET', ':scheme', 'http', ':authority', 'a.example', ':path', '/'];
  for (let count = 0; count < 300; count++) {
    answer = random.pick(answers);
    if (random.below(40) === 0) answer = someAnswer(random);
    expect(await session.request(request)).toEqual(fieldsOf(answer));
  }
});
