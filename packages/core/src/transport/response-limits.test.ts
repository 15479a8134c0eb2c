import { BytePeer, RecordingTrace } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { fetchText, isInUse } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { RoundTripError } from '../contract/round-trip-error.ts';
import { Transport } from './transport.ts';
import type { TransportOptions } from './transport-options.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const END = 'Content-Length: 2\r\n\r\nok';

interface Row {
  readonly option: keyof TransportOptions;
  readonly limit: number;
  /** An answer of just so much. */
  readonly answerOf: (size: number) => string;
  readonly phase: 'response-head' | 'response-body';
  /** Whether 0 stands for no limit. */
  readonly isOptional: boolean;
}

const rows: readonly Row[] = [
  {
    option: 'maxResponseHeaderBytes',
    limit: 2_000,
    answerOf: (size) => `${OK}A: ${'x'.repeat(size - OK.length - 'A: \r\n'.length - END.length + 'ok'.length)}\r\n${END}`,
    isOptional: false,
    phase: 'response-head',
  },
  {
    option: 'maxStatusLineBytes',
    limit: 100,
    answerOf: (size) => `HTTP/1.1 200 ${'x'.repeat(size - 'HTTP/1.1 200 '.length)}\r\n${END}`,
    isOptional: true,
    phase: 'response-head',
  },
  {
    option: 'maxResponseHeaderCount',
    limit: 3,
    answerOf: (size) => `${OK}${'A: b\r\n'.repeat(size - 1)}${END}`,
    isOptional: true,
    phase: 'response-head',
  },
  {
    option: 'maxInterimResponses',
    limit: 2,
    answerOf: (size) => `${'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(size)}${OK}${END}`,
    isOptional: true,
    phase: 'response-head',
  },
  {
    option: 'maxResponseBodyBytes',
    limit: 5,
    answerOf: (size) => `${OK}Content-Length: ${size}\r\n\r\n${'x'.repeat(size)}`,
    isOptional: true,
    phase: 'response-body',
  },
  {
    option: 'maxChunkOverheadBytes',
    limit: 100,
    answerOf: (size) => `${CHUNKED}2;${'x'.repeat(size + 16 - '2;\r\n'.length)}\r\nok\r\n0\r\n\r\n`,
    isOptional: false,
    phase: 'response-body',
  },
  {
    option: 'maxChunkSizeDigits',
    limit: 16,
    answerOf: (size) => `${CHUNKED}${'0'.repeat(size - 1)}2\r\nok\r\n0\r\n\r\n`,
    isOptional: true,
    phase: 'response-body',
  },
  {
    option: 'maxTrailerBytes',
    limit: 50,
    answerOf: (size) => `${CHUNKED}2\r\nok\r\n0\r\nA: ${'x'.repeat(size - 'A: \r\n\r\n'.length)}\r\n\r\n`,
    isOptional: false,
    phase: 'response-body',
  },
  {
    option: 'maxTrailerCount',
    limit: 3,
    answerOf: (size) => `${CHUNKED}2\r\nok\r\n0\r\n${'A: b\r\n'.repeat(size)}\r\n`,
    isOptional: true,
    phase: 'response-body',
  },
];

/** Answers `/at` with as much as is allowed, and `/beyond` with one more. */
function peerOf({ answerOf, limit }: Row): Promise<BytePeer> {
  return BytePeer.listen(async (conversation) => {
    for await (const head of conversation.heads()) await conversation.write(answerOf(head.includes(' /at ') ? limit : limit + 1));
  });
}

describe.for(rows)('$option', (row) => {
  const { option, limit, phase } = row;

  test('takes as much as it says, and fails with `response-limit` beyond it', async () => {
    await using peer = await peerOf(row);
    await using transport = new Transport({ [option]: limit });
    const recorder = new RecordingTrace();
    await fetchText(transport, `${peer.url}/at`);
    const error = await rejectionOf(fetchText(transport, `${peer.url}/beyond`, { trace: recorder.trace }));
    expect(error).toBeInstanceOf(RoundTripError);
    expect(error).toMatchObject({ code: 'response-limit', phase, sent: 'all', timeout: false, isConnectionReused: true });
    expect(String(error)).toMatch(new RegExp(`\\b${limit}\\b.* \\(${option}\\)$`));
    expect(recorder.closeReasons).toEqual(['response-limit']);
    expect(transport.stats().filter(isInUse)).toEqual([]);
    await peer.whenOpenConnections(0);
    await fetchText(transport, `${peer.url}/at`);
  });

  test('may be a host’s own', async () => {
    await using peer = await peerOf(row);
    await using transport = new Transport({ [option]: limit, hosts: { [peer.url]: { [option]: limit + 1 } } });
    await fetchText(transport, `${peer.url}/beyond`);
  });
});

test.for(rows.filter(({ isOptional }) => isOptional))('$option is no limit where it is 0', async (row) => {
  await using peer = await peerOf(row);
  await using transport = new Transport({ [row.option]: 0 });
  await fetchText(transport, `${peer.url}/beyond`);
});

test('maxTrailerBytes at its least takes a body without trailers', async () => {
  await using peer = await BytePeer.listen(async (conversation) => {
    for await (const _head of conversation.heads()) await conversation.write(`${CHUNKED}2\r\nok\r\n0\r\n\r\n`);
  });
  await using transport = new Transport({ maxTrailerBytes: 2 });
  expect(await fetchText(transport, peer.url)).toBe('ok');
});
