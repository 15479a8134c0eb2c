import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { MAX_WINDOW, ReceiveWindow, SendWindow, takeFromBoth } from './flow-window.ts';

describe('what we may send', () => {
  test('is taken until nothing is left', () => {
    const window = new SendWindow(10);
    expect([window.take(4), window.take(0), window.take(10), window.take(1), window.bytes]).toEqual([4, 0, 6, 0, 0]);
  });

  test('may be taken back, and is counted on below 0', () => {
    const window = new SendWindow(10);
    window.take(8);
    expect(window.grow(-7)).toBe(true);
    expect([window.bytes, window.take(1)]).toEqual([-5, 0]);
    expect(window.grow(5)).toBe(true);
    expect(window.take(1)).toBe(0);
    expect(window.grow(1)).toBe(true);
    expect(window.take(2)).toBe(1);
  });

  test.for([
    { from: 0, by: MAX_WINDOW, isWindow: true },
    { from: 1, by: MAX_WINDOW, isWindow: false },
    { from: MAX_WINDOW, by: 1, isWindow: false },
    { from: -1, by: MAX_WINDOW, isWindow: true },
    { from: 65_535, by: MAX_WINDOW - 65_535, isWindow: true },
    { from: 65_535, by: MAX_WINDOW - 65_534, isWindow: false },
  ])('$from and $by more is a window: $isWindow', ({ from, by, isWindow }) => {
    const window = new SendWindow(from);
    expect(window.grow(by)).toBe(isWindow);
    expect(window.bytes).toBe(isWindow ? from + by : from);
  });

  test.for([
    { stream: 5, connection: 9, wanted: 7, taken: 5 },
    { stream: 9, connection: 5, wanted: 7, taken: 5 },
    { stream: 9, connection: 9, wanted: 7, taken: 7 },
    { stream: -9, connection: 9, wanted: 7, taken: 0 },
    { stream: 9, connection: -9, wanted: 7, taken: 0 },
  ])('of a stream with $stream and a connection with $connection: $taken of $wanted', ({ stream, connection, wanted, taken }) => {
    const [ofStream, ofConnection] = [new SendWindow(stream), new SendWindow(connection)];
    expect(takeFromBoth(ofStream, ofConnection, wanted)).toBe(taken);
    expect([ofStream.bytes, ofConnection.bytes]).toEqual([stream - taken, connection - taken]);
  });

  test('is never more than was granted, whatever comes between', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('send' as const), bytes: fc.nat({ max: 100_000 }) }),
      fc.record({ kind: fc.constant('update' as const), bytes: fc.integer({ min: 1, max: 100_000 }) }),
      fc.record({ kind: fc.constant('initial' as const), bytes: fc.nat({ max: 200_000 }) }),
    );
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), fc.array(step), (first, steps) => {
        const window = new SendWindow(first);
        let initial = first;
        let updated = 0;
        let sent = 0;
        for (const { kind, bytes } of steps) {
          if (kind === 'send') {
            const mayStill = Math.max(0, initial + updated - sent);
            const taken = window.take(bytes);
            expect(taken).toBe(Math.min(bytes, mayStill));
            sent += taken;
          } else if (kind === 'update') {
            expect(window.grow(bytes)).toBe(true);
            updated += bytes;
          } else {
            expect(window.grow(bytes - initial)).toBe(true);
            initial = bytes;
          }
          expect(window.bytes).toBe(initial + updated - sent);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('what the peer may send', () => {
  test('is the window, and not one byte more', () => {
    const window = new ReceiveWindow(10);
    expect([window.arrive(10), window.arrive(0), window.arrive(1)]).toEqual([true, true, false]);
    expect(new ReceiveWindow(10).arrive(11)).toBe(false);
    expect([new ReceiveWindow(0).arrive(0), new ReceiveWindow(0).arrive(1)]).toEqual([true, false]);
  });

  test('is told anew when half of the window was given back', () => {
    const window = new ReceiveWindow(10);
    window.arrive(10);
    expect([window.giveBack(4), window.giveBack(1), window.giveBack(4), window.giveBack(0), window.giveBack(1)]).toEqual([0, 5, 0, 0, 5]);
    expect(window.heldBytes).toBe(0);
  });

  test('is told anew byte by byte where the window has one', () => {
    const window = new ReceiveWindow(1);
    expect([window.arrive(1), window.giveBack(1), window.arrive(1), window.arrive(1)]).toEqual([true, 1, true, false]);
  });

  test('what was given back and not told cannot be sent yet', () => {
    const window = new ReceiveWindow(10);
    window.arrive(6);
    expect(window.giveBack(4)).toBe(0);
    expect([window.arrive(5), window.arrive(4)]).toEqual([false, true]);
  });

  test('is told anew before half of it was given back where the rest is held, and as much as the peer has left is there to tell', () => {
    const window = new ReceiveWindow(10);
    window.arrive(7);
    expect([window.giveBack(3), window.tellWhenLow(), window.tellWhenLow()]).toEqual([0, 3, 0]);
    window.arrive(5);
    expect([window.giveBack(0), window.tellWhenLow()]).toEqual([0, 0]);
    expect([window.giveBack(1), window.tellWhenLow(), window.heldBytes]).toEqual([0, 1, 8]);
  });

  /** A peer that sends as much as it may, or less, and a reader that reads some of it, loses some to padding, and leaves the rest. */
  test('nothing of it is lost, and a reader that reads on never leaves the peer waiting', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('arrive' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ kind: fc.constant('give-back' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200_000 }), fc.array(step, { maxLength: 60 }), fc.boolean(), (initial, steps, isShared) => {
        const window = new ReceiveWindow(initial);
        const peer = { mayStill: initial, sent: 0, granted: initial };
        let held = 0;
        const giveBack = (bytes: number): void => {
          const told = window.giveBack(bytes) || (isShared ? window.tellWhenLow() : 0);
          held -= bytes;
          peer.mayStill += told;
          peer.granted += told;
        };
        for (const { kind, share } of steps) {
          if (kind === 'arrive') {
            const bytes = Math.floor(share * peer.mayStill);
            expect(window.arrive(bytes)).toBe(true);
            peer.mayStill -= bytes;
            peer.sent += bytes;
            held += bytes;
            giveBack(0);
          } else giveBack(Math.floor(share * held));
          // Whatever part of it others hold for ever: of the rest the peer has half.
          if (isShared) expect(peer.mayStill).toBeGreaterThanOrEqual((initial - held) / 2);
          expect(window.heldBytes).toBe(held);
          expect(peer.sent).toBeLessThanOrEqual(peer.granted);
          expect(peer.granted).toBeLessThanOrEqual(initial + peer.sent - held);
          expect(window.arrive(peer.mayStill + 1)).toBe(false);
        }
        giveBack(held);
        expect(window.heldBytes).toBe(0);
        expect(peer.mayStill).toBeGreaterThan(initial / 2 - 1);
        expect(peer.mayStill).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});
