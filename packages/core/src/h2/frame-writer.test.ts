import { frames } from '@roundtripper/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ByteWriter } from './byte-writer.ts';
import {
  beginHeaders,
  endHeaders,
  writeDataHeader,
  writeGoAway,
  writePing,
  writePreface,
  writeReset,
  writeSettings,
  writeSettingsAck,
  writeWindowUpdate,
} from './frame-writer.ts';

function written(write: (out: ByteWriter) => void): Buffer {
  const out = new ByteWriter();
  write(out);
  return out.take();
}

const HIGHEST = 2 ** 31 - 1;

test.for<{ fact: string; write: (out: ByteWriter) => void; bytes: Buffer }>([
  { fact: 'SETTINGS ACK', write: (out) => writeSettingsAck(out), bytes: frames.settingsAck() },
  {
    fact: 'SETTINGS',
    write: (out) =>
      writeSettings(out, [
        { id: 2, value: 0 },
        { id: 0xabcd, value: 2 ** 32 - 1 },
      ]),
    bytes: frames.settings([
      ['ENABLE_PUSH', 0],
      [0xabcd, 2 ** 32 - 1],
    ]),
  },
  { fact: 'PING', write: (out) => writePing(out, 0x7069_6e67, 0xff6f_6e67, false), bytes: frames.ping('ping\xffong') },
  { fact: 'PING ACK', write: (out) => writePing(out, 0x7069_6e67, 0xff6f_6e67, true), bytes: frames.pingAck('ping\xffong') },
  { fact: 'RST_STREAM', write: (out) => writeReset(out, HIGHEST, 'CANCEL'), bytes: frames.reset(HIGHEST, 'CANCEL') },
  { fact: 'WINDOW_UPDATE of the connection', write: (out) => writeWindowUpdate(out, 0, 5), bytes: frames.windowUpdate(0, 5) },
  {
    fact: 'WINDOW_UPDATE of a stream',
    write: (out) => writeWindowUpdate(out, 0x0102_0305, HIGHEST),
    bytes: frames.windowUpdate(0x0102_0305, HIGHEST),
  },
  {
    fact: 'GOAWAY',
    write: (out) => writeGoAway(out, 0, 'ENHANCE_YOUR_CALM'),
    bytes: frames.goAway(0, 'ENHANCE_YOUR_CALM'),
  },
  {
    fact: 'DATA',
    write: (out) => {
      writeDataHeader(out, 3, 70_000, false);
      out.bytes(Buffer.alloc(70_000, 'x'));
    },
    bytes: frames.data(3, 'x'.repeat(70_000)),
  },
  { fact: 'DATA at the end', write: (out) => writeDataHeader(out, 3, 0, true), bytes: frames.data(3, '', { endStream: true }) },
])('writes $fact', ({ write, bytes }) => {
  expect(written(write)).toEqual(bytes);
});

test('the preface is the magic, SETTINGS, and what the connection’s window has more', () => {
  const settings = [{ id: 2, value: 0 }];
  const magic = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  expect(written((out) => writePreface(out, settings, 0))).toEqual(Buffer.concat([magic, frames.settings({ ENABLE_PUSH: 0 })]));
  expect(written((out) => writePreface(out, settings, 2 ** 20))).toEqual(
    Buffer.concat([magic, frames.settings({ ENABLE_PUSH: 0 }), frames.windowUpdate(0, 2 ** 20)]),
  );
});

describe('a header block', () => {
  interface Block {
    readonly bytes: number;
    readonly isEndStream?: boolean;
    readonly maxFrameBytes?: number;
  }

  const content = (bytes: number): Buffer => Buffer.from(Uint8Array.from({ length: bytes }, (_, at) => at % 251));

  /** Between other frames, so that what does not belong to it shows. */
  function sent({ bytes, isEndStream = false, maxFrameBytes = 16_384 }: Block): Buffer {
    return written((out) => {
      writePing(out, 0, 0, false);
      const startsAt = beginHeaders(out, 7);
      out.bytes(content(bytes));
      endHeaders(out, startsAt, isEndStream, maxFrameBytes);
      writePing(out, 0, 0, true);
    });
  }

  function expected({ bytes, isEndStream = false, maxFrameBytes = 16_384 }: Block): Buffer {
    const block = content(bytes);
    const pieces = Array.from({ length: Math.max(1, Math.ceil(bytes / maxFrameBytes)) }, (_, at) =>
      block.subarray(at * maxFrameBytes, (at + 1) * maxFrameBytes),
    );
    const inFrames = pieces.map((piece, at) => {
      const options = { endHeaders: at === pieces.length - 1, endStream: isEndStream };
      return at === 0 ? frames.headers(7, piece, options) : frames.continuation(7, piece, options);
    });
    return Buffer.concat([frames.ping(Buffer.alloc(8)), ...inFrames, frames.pingAck(Buffer.alloc(8))]);
  }

  test.for<Block>([
    { bytes: 0 },
    { bytes: 0, isEndStream: true },
    { bytes: 100, isEndStream: true },
    { bytes: 16_384 },
    { bytes: 16_385 },
    { bytes: 16_385, isEndStream: true },
    { bytes: 32_768 },
    { bytes: 32_769 },
    { bytes: 100_000, isEndStream: true },
    { bytes: 100_000, maxFrameBytes: 50_000 },
    { bytes: 100_000, maxFrameBytes: 100_000 },
  ])('%j is cut where the peer takes no more', (block) => {
    expect(sent(block)).toEqual(expected(block));
  });

  test('of any size, for any peer', () => {
    fc.assert(
      fc.property(fc.nat({ max: 80_000 }), fc.integer({ min: 16_384, max: 40_000 }), fc.boolean(), (bytes, maxFrameBytes, isEndStream) => {
        expect(sent({ bytes, maxFrameBytes, isEndStream }).equals(expected({ bytes, maxFrameBytes, isEndStream }))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test.for([0, 1, 16_383, -1])('a peer that takes frames of %i bytes does not keep us cutting', (maxFrameBytes) => {
    expect(sent({ bytes: 100_000, maxFrameBytes })).toEqual(expected({ bytes: 100_000 }));
  });
});
