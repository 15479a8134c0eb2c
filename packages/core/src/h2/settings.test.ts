import { describe, expect, test } from 'vitest';

import { initialPeerSettings, ownSettings, SETTING, withPeerSettings, type PeerSettings, type Setting } from './settings.ts';

type Name = keyof typeof SETTING;

const setting = ([name, value]: readonly [Name, number]): Setting => ({ id: SETTING[name], value });
const after = (...entries: readonly (readonly [Name, number])[]): PeerSettings => withPeerSettings(INITIAL, entries.map(setting));

const INITIAL = initialPeerSettings(100);
const FIRST: PeerSettings = { ...INITIAL, isKnown: true, maxConcurrentStreams: 1_000 };

test('before the first SETTINGS a peer is taken to be as RFC 9113 §6.5.2 has it, with 100 streams', () => {
  expect(INITIAL).toEqual({
    isKnown: false,
    headerTableBytes: 4_096,
    maxConcurrentStreams: 100,
    initialWindowBytes: 65_535,
    maxFrameBytes: 16_384,
    maxHeaderListBytes: Number.POSITIVE_INFINITY,
    isConnectProtocolEnabled: false,
  });
});

test.for<{ fact: string; entries: readonly (readonly [Name, number])[]; expected: Partial<PeerSettings> }>([
  { fact: 'nothing said is 1,000 streams', entries: [], expected: {} },
  { fact: 'a number of streams', entries: [['MAX_CONCURRENT_STREAMS', 7]], expected: { maxConcurrentStreams: 7 } },
  { fact: 'no streams', entries: [['MAX_CONCURRENT_STREAMS', 0]], expected: { maxConcurrentStreams: 0 } },
  { fact: 'any number of streams', entries: [['MAX_CONCURRENT_STREAMS', 2 ** 32 - 1]], expected: { maxConcurrentStreams: 2 ** 32 - 1 } },
  { fact: 'no window', entries: [['INITIAL_WINDOW_SIZE', 0]], expected: { initialWindowBytes: 0 } },
  { fact: 'the largest window', entries: [['INITIAL_WINDOW_SIZE', 2 ** 31 - 1]], expected: { initialWindowBytes: 2 ** 31 - 1 } },
  { fact: 'the smallest frame', entries: [['MAX_FRAME_SIZE', 16_384]], expected: { maxFrameBytes: 16_384 } },
  { fact: 'the largest frame', entries: [['MAX_FRAME_SIZE', 2 ** 24 - 1]], expected: { maxFrameBytes: 2 ** 24 - 1 } },
  { fact: 'a table of any size', entries: [['HEADER_TABLE_SIZE', 2 ** 32 - 1]], expected: { headerTableBytes: 2 ** 32 - 1 } },
  { fact: 'no table', entries: [['HEADER_TABLE_SIZE', 0]], expected: { headerTableBytes: 0 } },
  { fact: 'a limit on header lists', entries: [['MAX_HEADER_LIST_SIZE', 8_192]], expected: { maxHeaderListBytes: 8_192 } },
  { fact: 'that it does not push', entries: [['ENABLE_PUSH', 0]], expected: {} },
  { fact: 'extended CONNECT', entries: [['ENABLE_CONNECT_PROTOCOL', 1]], expected: { isConnectProtocolEnabled: true } },
  { fact: 'no extended CONNECT', entries: [['ENABLE_CONNECT_PROTOCOL', 0]], expected: { isConnectProtocolEnabled: false } },
  {
    fact: 'of several of a kind the last',
    entries: [
      ['MAX_CONCURRENT_STREAMS', 7],
      ['MAX_CONCURRENT_STREAMS', 8],
      ['ENABLE_CONNECT_PROTOCOL', 0],
      ['ENABLE_CONNECT_PROTOCOL', 1],
    ],
    expected: { maxConcurrentStreams: 8, isConnectProtocolEnabled: true },
  },
])('takes $fact', ({ entries, expected }) => {
  expect(after(...entries)).toEqual({ ...FIRST, ...expected });
});

test.for([0, 7, 9, 0x10, 0xffff])('ignores a setting that is not known: %i', (id) => {
  expect(withPeerSettings(INITIAL, [{ id, value: 2 ** 32 - 1 }])).toEqual(FIRST);
});

test('what is not said again stays', () => {
  const before = after(['MAX_CONCURRENT_STREAMS', 7], ['ENABLE_CONNECT_PROTOCOL', 1], ['MAX_FRAME_SIZE', 20_000]);
  expect(withPeerSettings(before, [])).toEqual(before);
  expect(withPeerSettings(before, [setting(['INITIAL_WINDOW_SIZE', 5])])).toEqual({ ...before, initialWindowBytes: 5 });
  expect(before.initialWindowBytes).toBe(65_535);
});

describe('refuses', () => {
  test.for<[Name, number, string]>([
    ['INITIAL_WINDOW_SIZE', 2 ** 31, 'FLOW_CONTROL_ERROR'],
    ['INITIAL_WINDOW_SIZE', 2 ** 32 - 1, 'FLOW_CONTROL_ERROR'],
    ['MAX_FRAME_SIZE', 0, 'PROTOCOL_ERROR'],
    ['MAX_FRAME_SIZE', 16_383, 'PROTOCOL_ERROR'],
    ['MAX_FRAME_SIZE', 2 ** 24, 'PROTOCOL_ERROR'],
    ['MAX_FRAME_SIZE', 2 ** 32 - 1, 'PROTOCOL_ERROR'],
    ['ENABLE_PUSH', 1, 'PROTOCOL_ERROR'],
    ['ENABLE_PUSH', 2, 'PROTOCOL_ERROR'],
    ['ENABLE_CONNECT_PROTOCOL', 2, 'PROTOCOL_ERROR'],
    ['ENABLE_CONNECT_PROTOCOL', 2 ** 32 - 1, 'PROTOCOL_ERROR'],
  ])('%s of %i with %s', ([name, value, code]) => {
    expect(() => after([name, value])).toThrow(expect.objectContaining({ code, message: `the peer sets ${name} to ${value}` }));
  });

  test('extended CONNECT taken back, at once or later', () => {
    const message = 'the peer sets ENABLE_CONNECT_PROTOCOL to 0';
    expect(() => after(['ENABLE_CONNECT_PROTOCOL', 1], ['ENABLE_CONNECT_PROTOCOL', 0])).toThrow(message);
    expect(() => withPeerSettings(after(['ENABLE_CONNECT_PROTOCOL', 1]), [setting(['ENABLE_CONNECT_PROTOCOL', 0])])).toThrow(message);
  });
});

test('of ours only that is said which is not so anyway, and that nothing may be pushed', () => {
  expect(ownSettings({ headerTableBytes: 4_096, initialWindowBytes: 65_535, maxHeaderListBytes: Number.POSITIVE_INFINITY })).toEqual([
    { id: 2, value: 0 },
  ]);
  expect(ownSettings({ headerTableBytes: 0, initialWindowBytes: 2 ** 22, maxHeaderListBytes: 65_536 })).toEqual([
    { id: 2, value: 0 },
    { id: 1, value: 0 },
    { id: 4, value: 2 ** 22 },
    { id: 6, value: 65_536 },
  ]);
});
