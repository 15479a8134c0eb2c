import { expect, test } from 'vitest';

import { UNLIMITED } from '../../test/unlimited.ts';
import { parseTarget } from '../contract/origin.ts';
import { assign } from './assign.ts';
import { beginDial, endDial, giveUpOn } from './dial-count.ts';
import { failingWith } from './failing-with.ts';
import type { Dial } from './pending-dials.ts';
import { emptySlot, type Slot } from './slot.ts';
import type { Want } from './want.ts';

const { origin } = parseTarget('https://example.com');

function slotWith(maxFirstDials: number, dials: number): Slot {
  const slot = emptySlot({ key: origin.key, origin, proxy: undefined, isForwarded: false }, { ...UNLIMITED, maxFirstDials });
  for (let at = 0; at < dials; at++) beginDial(slot);
  return slot;
}

const kindOf = (slot: Slot): string => assign(slot, { nowMs: 0, monotonicMs: 0 }, 'any').kind;
const want = (): Want => ({ trace: undefined, place: undefined, needs: 'any', granted: () => {}, failed: () => {} });

function dialOf(slot: Slot, owner?: Want): Dial {
  return { slot, want: owner, begunBy: owner, trace: undefined, ended: undefined, controller: new AbortController(), isPromising: true };
}

test('of a host that nothing is known of, what the first dials show is waited for', () => {
  expect(kindOf(slotWith(8, 7))).toBe('dial');
  expect(kindOf(slotWith(8, 8))).toBe('wait');
  expect(kindOf(slotWith(0, 1_000))).toBe('dial');
});

test('one that fails makes no room for another: those who wait do not try one after the other', () => {
  const slot = slotWith(2, 2);
  endDial(dialOf(slot), false);
  expect(kindOf(slot)).toBe('wait');
  endDial(dialOf(slot), false);
  expect(kindOf(slot)).toBe('dial');
  expect(slot.total).toBe(0);
});

test('one that its request has waited for in vain makes room for another, once', () => {
  const slot = slotWith(2, 2);
  const dial = dialOf(slot);
  giveUpOn(dial);
  giveUpOn(dial);
  expect([slot.dialing, slot.promising, slot.firstDials, kindOf(slot)]).toEqual([2, 1, 1, 'dial']);
  endDial(dial, false);
  expect([slot.dialing, slot.promising, slot.total]).toEqual([1, 1, 1]);
});

test('once a connection was opened there may be more, whatever it carries', () => {
  const slot = slotWith(2, 2);
  endDial(dialOf(slot), true);
  slot.tally.opened += 1;
  expect(kindOf(slot)).toBe('dial');
});

test('with the last of the first dials all who wait fail, but not where it was given up', () => {
  const slot = slotWith(1, 1);
  const wants = [want(), want()];
  const [owner] = wants;
  const dial = dialOf(slot, owner);
  for (const one of wants) slot.wants.add(one, one === owner ? dial : undefined, undefined);
  endDial(dial, false);
  expect(failingWith(dial)).toEqual(wants);
  dial.controller.abort();
  expect(failingWith(dial)).toEqual([owner]);
});
