import type { FrameConversation, ReceivedFrame } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { isInUse } from '../../test/exchanges.ts';
import { settle } from '../../test/hostile/carry.ts';
import { expectedOf } from '../../test/hostile/http2/carry-frames.ts';
import { answerOn, HELLO, textOf } from '../../test/hostile/http2/engine-bench.ts';
import type { FrameRow } from '../../test/hostile/http2/row.ts';
import { SocketBench } from '../../test/hostile/http2/socket-bench.ts';
import { FRAME_TABLES } from '../../test/hostile/http2/tables.ts';
import type { TransportOptions } from './transport-options.ts';

/** Over what, and how bytes come. */
interface Way {
  readonly name: string;
  readonly tls: boolean;
  readonly oneByteAtATime: boolean;
  /** Of so many rows one. */
  readonly oneOf: number;
}

const WAYS: readonly Way[] = [
  { name: 'without TLS', tls: false, oneByteAtATime: false, oneOf: 1 },
  { name: 'over TLS', tls: true, oneByteAtATime: false, oneOf: 8 },
  { name: 'without TLS, byte by byte', tls: false, oneByteAtATime: true, oneOf: 16 },
];

function inWords(frame: ReceivedFrame): string[] {
  switch (frame.type) {
    case 'RST_STREAM':
      return [`RST_STREAM ${frame.streamId} ${frame.code}`];
    case 'GOAWAY':
      return [`GOAWAY ${frame.code}`];
    case 'PING':
    case 'SETTINGS':
      return frame.ack ? [`${frame.type} ack`] : [];
    default:
      return [];
  }
}

/** What a client has said because of a row. */
function saidBy(server: FrameConversation, { isFirst = false }: FrameRow): string[] {
  return server.frames.flatMap(inWords).slice(isFirst ? 0 : 1);
}

async function expectRow(row: FrameRow, way: Way): Promise<void> {
  await using bench = await SocketBench.open({ tls: way.tls, oneByteAtATime: way.oneByteAtATime }, transportOptions(row));
  const expected = expectedOf(row);
  const { path: _path, isRead: _isRead, isReused: _isReused, ...request } = row.request ?? {};
  const hostile = bench.send('/hostile', request);
  const server = await bench.peer.connection();
  await server.next('HEADERS');
  const other = bench.send('/other');
  await server.next('HEADERS');
  if (row.isFirst !== true) void server.raw(HELLO);
  void server.raw(textOf(row.says));
  // Nobody reads meanwhile: a window is one of what is not read.
  if (isBeyondWindow(row)) await said(server, expected.said);
  const seen = await settle(hostile, []);
  expect(seen).toMatchObject(withoutSent(expected.seen));
  if (expected.closed === undefined) {
    expect(await bench.exchange('/next', server)).toBe('ok');
    void server.raw(answerOn(3));
  } else if (!isBeyondWindow(row)) await said(server, expected.said);
  expect(await settle(other, [])).toMatchObject(withoutSent(expected.other));
  if (expected.closed === undefined) await server.settle();
  expect(saidBy(server, row).slice(0, expected.said.length)).toEqual(expected.said);
  expect(bench.recorder.closeReasons).toEqual(expected.closed === undefined ? [] : [expected.closed]);
  if (expected.closed === undefined) return;
  expect(bench.transport.stats().filter(isInUse)).toEqual([]);
  // With a table of another size its block would have to begin with an update.
  if (row.options?.maxDecoderTableBytes === undefined) expect(await bench.exchange('/next')).toBe('ok');
}

/** Resolves when the client has said the last of these. */
async function said(server: FrameConversation, words: readonly string[]): Promise<void> {
  const last = words.at(-1) ?? '';
  const isLast = (frame: ReceivedFrame): boolean => inWords(frame).includes(last);
  await (last.startsWith('GOAWAY') ? server.next('GOAWAY', isLast) : server.next('RST_STREAM', isLast));
}

function isBeyondWindow({ options, becomes }: FrameRow): boolean {
  return options?.streamWindowBytes !== undefined && becomes.said.length > 0;
}

/** What an engine is told, as a caller says it. */
function transportOptions({ options = {} }: FrameRow): TransportOptions {
  const { connectionWindowBytes = 65_535, streamWindowBytes = 65_535, maxDecoderTableBytes, maxBodyBytes } = options;
  return {
    maxResponseBodyBytes: maxBodyBytes,
    http2: {
      maxReceiveBufferPerConnection: connectionWindowBytes,
      maxReceiveBufferPerStream: streamWindowBytes,
      maxDecoderHeaderTableSize: maxDecoderTableBytes,
    },
  };
}

function withoutSent(facts: object): object {
  return Object.fromEntries(Object.entries(facts).filter(([name]) => name !== 'sent'));
}

const ROWS = FRAME_TABLES.flatMap(({ name, rows }) => rows.map((row) => ({ fact: `${name}: ${row.fact}`, row })));

describe.for(WAYS)('$name', (way) => {
  test.for(ROWS.filter((_, at) => at % way.oneOf === 0))('$fact, and the next request is answered', ({ row }) => expectRow(row, way));
});
