import { TestClock } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { FakeWire } from '../../test/fake-wire.ts';
import { Closing } from './closing.ts';

/** A wire whose connection has said why it ends. */
function closing(): { readonly wire: FakeWire; readonly clock: TestClock } {
  const wire = new FakeWire();
  const clock = new TestClock();
  wire.attach(new Closing(wire, clock));
  return { wire, clock };
}

test('sending ends at once, what still comes is thrown away, and nothing keeps the process alive', () => {
  const { wire } = closing();
  wire.feed('whatever it may be');
  wire.drain();
  expect([wire.isEnded, wire.isActive, wire.isDestroyed]).toEqual([true, false, false]);
});

test('the wire is closed after 250 ms (Go)', async () => {
  const { wire, clock } = closing();
  await clock.advance(249);
  expect(wire.isDestroyed).toBe(false);
  await clock.advance(1);
  expect(wire.isDestroyed).toBe(true);
});

test('or as soon as the peer has left', () => {
  const { wire, clock } = closing();
  wire.end();
  expect(wire.isDestroyed).toBe(true);
  wire.close();
  expect(clock.pendingTimers).toBe(0);
});

test('a wire that is gone already is not waited for', () => {
  const { wire, clock } = closing();
  wire.close(new Error('reset'));
  expect(clock.pendingTimers).toBe(0);
});
