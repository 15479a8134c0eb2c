import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { Recordings, type Recording } from './recording.ts';

function start(recordings: Recordings, declared?: number): { recording: Recording; failures: string[] } {
  const failures: string[] = [];
  return { recording: recordings.start(declared, (why) => failures.push(why)), failures };
}

test('what was appended comes out, in memory of its own', () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 40_000 }), { maxLength: 8 });
  fc.assert(
    fc.property(chunks, fc.option(fc.nat({ max: 50_000 }), { nil: undefined }), (parts, declared) => {
      const { recording } = start(new Recordings(1e9, 1e9), declared);
      for (const part of parts) recording.append(part);
      const whole = recording.finish();
      expect(whole?.buffer.byteLength).toBe(whole?.byteLength);
      expect(Buffer.compare(whole ?? new Uint8Array(1), Buffer.concat(parts))).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test('it may be as large as the limit and no larger', () => {
  const recordings = new Recordings(1_000_000, 100_000);
  const exact = start(recordings);
  for (let at = 0; at < 10; at++) exact.recording.append(new Uint8Array(10_000));
  expect([exact.recording.finish()?.byteLength, exact.failures]).toEqual([100_000, []]);
  const more = start(recordings);
  more.recording.append(new Uint8Array(100_000));
  more.recording.append(new Uint8Array(1));
  more.recording.append(new Uint8Array(1));
  expect([more.recording.finish(), more.failures]).toEqual([undefined, ['too-large']]);
});

test('a declared length is no memory', () => {
  const recordings = new Recordings(40_000, 1e12);
  const liars = Array.from({ length: 2 }, () => start(recordings, 1e12));
  for (const { recording } of liars) recording.append(new Uint8Array(1));
  expect(liars.flatMap(({ failures }) => failures)).toEqual([]);
});

test('when there is too much at once, the one that has not gone on for longest goes', () => {
  const recordings = new Recordings(100_000, 100_000);
  const [idle, busy, last] = [start(recordings), start(recordings), start(recordings)];
  busy.recording.append(new Uint8Array(20_000));
  idle.recording.append(new Uint8Array(32_768));
  busy.recording.append(new Uint8Array(12_768));
  last.recording.append(new Uint8Array(16_384));
  busy.recording.append(new Uint8Array(1));
  expect([idle.failures, busy.failures, last.failures]).toEqual([['too-much-at-once'], [], []]);
  expect([busy.recording.finish()?.byteLength, last.recording.finish()?.byteLength]).toEqual([32_769, 16_384]);
});

test('one that is too much by itself goes itself', () => {
  const { recording, failures } = start(new Recordings(1_000, 1_000_000));
  recording.append(new Uint8Array(2_000));
  expect([recording.finish(), failures]).toEqual([undefined, ['too-much-at-once']]);
});

test('what is over no longer counts', () => {
  const recordings = new Recordings(20_000, 20_000);
  for (let at = 0; at < 100; at++) {
    const { recording, failures } = start(recordings);
    recording.append(new Uint8Array(15_000));
    if (at % 2 === 0) recording.finish();
    else recording.giveUp('body-failed');
    expect(failures).toEqual(at % 2 === 0 ? [] : ['body-failed']);
  }
});

test('it is given up once, and not after its end', () => {
  const recordings = new Recordings(1_000_000, 1_000_000);
  const one = start(recordings);
  one.recording.append(new Uint8Array(1));
  recordings.clear();
  recordings.clear();
  one.recording.giveUp('body-not-read');
  const other = start(recordings);
  expect(other.recording.finish()?.byteLength).toBe(0);
  other.recording.giveUp('body-not-read');
  expect([one.failures, other.failures]).toEqual([['cleared'], []]);
});
