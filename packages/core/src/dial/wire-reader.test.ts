import { expect, test } from 'vitest';

import { FakeWire } from '../../test/fake-wire.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { WireReader } from './wire-reader.ts';

test('what one read brings is there, however much it is', async () => {
  const wire = new FakeWire();
  const reader = new WireReader(wire);
  wire.feed('x'.repeat(90_000));
  expect((await reader.some()).length).toBe(90_000);
  wire.feed('y');
  expect(String(await reader.some())).toBe('y');
  expect(wire.isDestroyed).toBe(false);
});

test('64 KiB are kept that nobody reads: more of them end the connection, and whoever reads on is told why', async () => {
  const wire = new FakeWire();
  const reader = new WireReader(wire);
  wire.feed('x'.repeat(65_536));
  wire.feed('x');
  expect(wire.isDestroyed).toBe(false);
  wire.feed('x');
  expect(wire.isDestroyed).toBe(true);
  wire.close();
  expect((await reader.some()).length).toBe(65_537);
  expect(String(await rejectionOf(reader.some()))).toContain('more than 65536 bytes that nobody had asked for');
});
