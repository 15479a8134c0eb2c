import { frames, type SettingName } from '@roundtripper/testing';

import { answerOn } from './engine-bench.ts';
import { answered, goAway, type FrameRow } from './row.ts';

const OK = answerOn(1);
const ACK = 'SETTINGS ack';
const entries = (count: number): Buffer => frames.settings(Array.from({ length: count }, () => [0x99, 1] as const));

const REFUSED: readonly { name: SettingName; value: number; code: 'PROTOCOL_ERROR' | 'FLOW_CONTROL_ERROR' }[] = [
  { name: 'INITIAL_WINDOW_SIZE', value: 2 ** 31, code: 'FLOW_CONTROL_ERROR' },
  { name: 'INITIAL_WINDOW_SIZE', value: 2 ** 32 - 1, code: 'FLOW_CONTROL_ERROR' },
  { name: 'MAX_FRAME_SIZE', value: 0, code: 'PROTOCOL_ERROR' },
  { name: 'MAX_FRAME_SIZE', value: 16_383, code: 'PROTOCOL_ERROR' },
  { name: 'MAX_FRAME_SIZE', value: 2 ** 24, code: 'PROTOCOL_ERROR' },
  { name: 'ENABLE_PUSH', value: 1, code: 'PROTOCOL_ERROR' },
  { name: 'ENABLE_PUSH', value: 2, code: 'PROTOCOL_ERROR' },
  { name: 'ENABLE_CONNECT_PROTOCOL', value: 2, code: 'PROTOCOL_ERROR' },
];

const TAKEN: readonly { name: SettingName; value: number }[] = [
  { name: 'INITIAL_WINDOW_SIZE', value: 0 },
  { name: 'INITIAL_WINDOW_SIZE', value: 2 ** 31 - 1 },
  { name: 'MAX_FRAME_SIZE', value: 16_384 },
  { name: 'MAX_FRAME_SIZE', value: 2 ** 24 - 1 },
  { name: 'ENABLE_PUSH', value: 0 },
  { name: 'HEADER_TABLE_SIZE', value: 0 },
  { name: 'HEADER_TABLE_SIZE', value: 2 ** 32 - 1 },
  { name: 'MAX_CONCURRENT_STREAMS', value: 2 ** 32 - 1 },
  { name: 'MAX_HEADER_LIST_SIZE', value: 2 ** 32 - 1 },
  { name: 'ENABLE_CONNECT_PROTOCOL', value: 1 },
];

/** RFC 9113 §6.5. */
export const SETTINGS: readonly FrameRow[] = [
  ...REFUSED.map(({ name, value, code }) => ({
    fact: `${name} ${value}`,
    says: [frames.settings({ [name]: value })],
    becomes: goAway(code),
  })),
  ...REFUSED.map(({ name, value, code }) => ({
    fact: `${name} ${value}, first`,
    isFirst: true,
    says: [frames.settings({ [name]: value })],
    becomes: goAway(code),
  })),
  ...TAKEN.map(({ name, value }) => ({
    fact: `${name} ${value} is taken`,
    says: [frames.settings({ [name]: value }), OK],
    becomes: answered('ok', [ACK]),
  })),
  {
    fact: 'a setting that nobody knows',
    says: [
      frames.settings([
        [0, 7],
        [0xffff, 2 ** 32 - 1],
      ]),
      OK,
    ],
    becomes: answered('ok', [ACK]),
  },
  {
    fact: 'the same setting twice, of which the last counts',
    says: [
      frames.settings([
        ['INITIAL_WINDOW_SIZE', 0],
        ['INITIAL_WINDOW_SIZE', 9],
      ]),
      OK,
    ],
    becomes: answered('ok', [ACK]),
  },
  {
    fact: 'ENABLE_CONNECT_PROTOCOL taken back',
    says: [frames.settings({ ENABLE_CONNECT_PROTOCOL: 1 }), frames.settings({ ENABLE_CONNECT_PROTOCOL: 0 })],
    becomes: { ...goAway('PROTOCOL_ERROR'), said: [ACK, 'GOAWAY PROTOCOL_ERROR'] },
  },
  { fact: '32 entries', says: [entries(32), OK], becomes: answered('ok', [ACK]) },
  { fact: '33 entries', says: [entries(33)], becomes: goAway('ENHANCE_YOUR_CALM') },
  { fact: '1 000 entries', says: [entries(1_000)], becomes: goAway('ENHANCE_YOUR_CALM') },
  { fact: 'an acknowledgement of what was not sent', says: [frames.settingsAck()], becomes: goAway('PROTOCOL_ERROR') },
];
