import { createServer, type ServerHttp2Stream } from 'node:http2';

import { frames } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { send } from '../../test/exchanges.ts';
import { EngineBench, HELLO, textOf } from '../../test/hostile/http2/engine-bench.ts';
import { listen } from '../../test/servers/listen.ts';
import type { Http2Options } from '../h2/http2-options.ts';
import { http2Options, type Http2TransportOptions } from './protocol-options.ts';
import { goDefaults, resolveOptions } from './transport-options.ts';
import { Transport } from './transport.ts';

const HEAD = frames.headers(1, { ':status': '200' });

interface Row {
  readonly option: keyof Http2TransportOptions;
  readonly limit: number;
  /** Set besides. */
  readonly more?: Http2TransportOptions;
  /** So much, and no more. */
  readonly says: (size: number) => string;
  /** Whether the peer takes nothing of what we say. Default false. */
  readonly isDeaf?: boolean;
}

const rows: readonly Row[] = [
  {
    option: 'maxContinuations',
    limit: 2,
    says: (size) => {
      const first = frames.headers(1, { ':status': '200' }, { endHeaders: false });
      const next = Array.from({ length: size }, (_, at) => frames.continuation(1, { a: 'b' }, { endHeaders: at === size - 1 }));
      return textOf([first, ...next]);
    },
  },
  { option: 'maxSettings', limit: 3, says: (size) => textOf([frames.frame({ type: 4, payload: '\0\x7f\0\0\0\0'.repeat(size) })]) },
  { option: 'maxQueuedAnswers', limit: 5, says: (size) => textOf([frames.ping()]).repeat(size), isDeaf: true },
  { option: 'maxEmptyData', limit: 2, says: (size) => textOf([HEAD]) + textOf([frames.data(1, '')]).repeat(size) },
  { option: 'maxGlitches', limit: 7, more: { maxGlitchesPerSecond: 0 }, says: (size) => textOf([frames.priority(1)]).repeat(size) },
  {
    option: 'maxResets',
    limit: 4,
    more: { maxResetsPerSecond: 0 },
    says: (size) =>
      textOf([frames.headers(1, { ':status': '200' }, { endStream: true }), frames.reset(1, 'CANCEL').toString('latin1').repeat(size)]),
  },
];

function limitedBy(http2: Http2TransportOptions): Partial<Http2Options> {
  const resolved = resolveOptions({ http2 });
  const { maxContinuations, maxSettings, maxQueuedAnswers, glitches } = http2Options(resolved, {
    afterPoll: (callback) => callback(),
    atTurnEnd: (callback) => callback(),
    atTickEnd: (callback) => callback(),
  });
  return { maxContinuations, maxSettings, maxQueuedAnswers, glitches };
}

/** @returns with what another request on the connection fails; undefined where it does not. */
async function failureOf({ option, limit, more, says, isDeaf = false }: Row, size: number): Promise<string | undefined> {
  const bench = new EngineBench(limitedBy({ ...more, [option]: limit }));
  bench.send();
  const other = bench.send();
  bench.feed(HELLO);
  bench.wire.hasRoom = !isDeaf;
  // One write is taken, and what follows waits.
  if (isDeaf) bench.feed(frames.ping());
  bench.feed(says(size));
  const isOver = bench.connection.closeReason !== undefined;
  const seen = isOver ? await other.seen : undefined;
  if (isOver) expect(bench.connection.closeReason).toBe('response-limit');
  await bench.end();
  return seen?.kind === 'refused' ? `${seen.code}: ${seen.message}` : undefined;
}

describe('http2', () => {
  test.for(rows)('$option: $limit are taken, and one more is refused by a message that names it', async (row) => {
    expect(await failureOf(row, row.limit)).toBeUndefined();
    const failure = await failureOf(row, row.limit + 1);
    expect(failure).toMatch(/^response-limit: /);
    expect(failure).toContain(`(http2.${row.option})`);
  });
});

test('maxQueuedAnswers at its least leaves room for the answer to SETTINGS', async () => {
  const bench = new EngineBench(limitedBy({ maxQueuedAnswers: 1 }));
  bench.feed(HELLO);
  bench.feed(frames.ping());
  expect(bench.connection.closeReason).toBeUndefined();
  await bench.end();
});

test('by Go’s defaults a head of a megabyte is taken, in as many frames as it comes', async () => {
  const server = createServer({ maxSendHeaderBlockLength: 2_000_000 });
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.respond({ 'x-large': 'x'.repeat(1_048_576) });
    stream.end('ok');
  });
  await using transport = new Transport({ ...goDefaults, protocols: { http1: false, unencryptedHttp2: true } });
  try {
    const response = await send(transport, `http://127.0.0.1:${await listen(server)}/`);
    expect([response.headers.get('x-large')?.length, await response.text()]).toEqual([1_048_576, 'ok']);
  } finally {
    await transport.close();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  }
});
