import { expect, test } from 'vitest';

import * as frames from './frames.ts';

/** Each as RFC 9113 §4 and §6 draw it. */
const FRAMES: readonly { readonly fact: string; readonly bytes: Buffer; readonly hex: string }[] = [
  {
    fact: 'settings by name',
    bytes: frames.settings({ MAX_FRAME_SIZE: 16_384, ENABLE_PUSH: 0 }),
    hex: '00000c 04 00 00000000 0005 00004000 0002 00000000',
  },
  {
    fact: 'settings by number, one of them twice',
    bytes: frames.settings([
      [0x99, 1],
      ['ENABLE_PUSH', 2],
      ['ENABLE_PUSH', 0],
    ]),
    hex: '000012 04 00 00000000 0099 00000001 0002 00000002 0002 00000000',
  },
  { fact: 'no settings', bytes: frames.settings(), hex: '000000 04 00 00000000' },
  { fact: 'their acknowledgement', bytes: frames.settingsAck(), hex: '000000 04 01 00000000' },
  { fact: 'headers', bytes: frames.headers(1, { a: 'b' }), hex: '000005 01 04 00000001 00 01 61 01 62' },
  {
    fact: 'headers with all there is',
    bytes: frames.headers(3, [['a', 'b']], {
      endStream: true,
      endHeaders: false,
      padding: 2,
      priority: { dependsOn: 1, weight: 256, isExclusive: true },
    }),
    hex: '00000d 01 29 00000003 02 80000001 ff 00 01 61 01 62 0000',
  },
  { fact: 'a header block that is encoded', bytes: frames.headers(1, Buffer.of(0x88)), hex: '000001 01 04 00000001 88' },
  { fact: 'a continuation', bytes: frames.continuation(1, Buffer.of(0x88)), hex: '000001 09 04 00000001 88' },
  { fact: 'a continuation that another follows', bytes: frames.continuation(1, [], { endHeaders: false }), hex: '000000 09 00 00000001' },
  { fact: 'data', bytes: frames.data(1, 'ab\xff'), hex: '000003 00 00 00000001 6162ff' },
  {
    fact: 'the last data, padded',
    bytes: frames.data(1, Buffer.of(1), { endStream: true, padding: 1 }),
    hex: '000003 00 09 00000001 01 01 00',
  },
  { fact: 'a reset by name', bytes: frames.reset(1, 'REFUSED_STREAM'), hex: '000004 03 00 00000001 00000007' },
  { fact: 'a reset by number', bytes: frames.reset(1, 0xff), hex: '000004 03 00 00000001 000000ff' },
  { fact: 'a ping', bytes: frames.ping('12345678'), hex: '000008 06 00 00000000 3132333435363738' },
  { fact: 'its answer', bytes: frames.pingAck('12345678'), hex: '000008 06 01 00000000 3132333435363738' },
  { fact: 'a goodbye', bytes: frames.goAway(5, 'ENHANCE_YOUR_CALM', 'hi'), hex: '00000a 07 00 00000000 00000005 0000000b 6869' },
  { fact: 'a larger window', bytes: frames.windowUpdate(0, 2 ** 31 - 1), hex: '000004 08 00 00000000 7fffffff' },
  { fact: 'a priority', bytes: frames.priority(1), hex: '000005 02 00 00000001 00000000 0f' },
  { fact: 'a promise', bytes: frames.pushPromise(1, 2, { a: 'b' }), hex: '000009 05 04 00000001 00000002 00 01 61 01 62' },
  {
    fact: 'anything',
    bytes: frames.frame({ type: 0xfe, flags: 0xff, streamId: 2 ** 32 - 1, payload: 'x', length: 2 ** 24 - 1 }),
    hex: 'ffffff fe ff ffffffff 78',
  },
];

test.for(FRAMES)('$fact', ({ bytes, hex }) => {
  expect(bytes.toString('hex')).toBe(hex.replaceAll(' ', ''));
});
