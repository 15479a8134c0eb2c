import { describe, expect, test } from 'vitest';

import { FakeConnection } from '../../test/fake-connection.ts';
import { UNLIMITED } from '../../test/unlimited.ts';
import { parseTarget } from '../contract/origin.ts';
import type { CloseReason } from '../contract/trace-event.ts';
import { assign, mayDial } from './assign.ts';
import { evict } from './evict.ts';
import { failingWith } from './failing-with.ts';
import type { PoolLimits } from './limits.ts';
import { missingAhead } from './open-ahead.ts';
import type { Dial } from './pending-dials.ts';
import { isSurplus, settle, type PoolMode } from './settle.ts';
import { emptySlot, type PooledConnection, type Slot } from './slot.ts';
import { WantQueue } from './want-queue.ts';
import type { Needs, Want } from './want.ts';

const LIMITS: PoolLimits = { ...UNLIMITED, idleConnTimeoutMs: 90_000 };
const NOW = { nowMs: 0, monotonicMs: 0 };
const NOBODY = { size: 0, waitingCount: 0, unusedCount: 0 };
const { origin } = parseTarget('http://example.com/');

interface Facts {
  idleSinceMs?: number;
  leases?: number;
  reserved?: number;
  granted?: number;
  hasCarried?: boolean;
  isDraining?: boolean;
  closeReason?: CloseReason;
  maxExchanges?: number;
  peerIdleTimeoutMs?: number;
  retireAtMonotonicMs?: number;
}

function slotWith(limits: Partial<PoolLimits> = {}, change: Partial<Slot> = {}): Slot {
  return {
    ...emptySlot({ key: origin.key, origin, proxy: undefined, isForwarded: false }, { ...LIMITS, ...limits }),
    promising: change?.dialing ?? 0,
    ...change,
  };
}

function pooled(facts: Facts = {}, slot: Slot = slotWith()): PooledConnection {
  const connection = new FakeConnection({ onChange: () => {} }, origin.key, facts.maxExchanges);
  connection.closeReason = facts.closeReason;
  connection.peerIdleTimeoutMs = facts.peerIdleTimeoutMs;
  return {
    connection,
    slot,
    isShared: connection.isShared,
    dial: undefined,
    retireAtMonotonicMs: facts.retireAtMonotonicMs ?? Infinity,
    leases: facts.leases ?? 0,
    reserved: facts.reserved ?? 0,
    granted: facts.granted ?? (facts.hasCarried === false ? 0 : 1),
    hasCarried: facts.hasCarried ?? true,
    isDraining: facts.isDraining ?? false,
    idleSinceMs: facts.idleSinceMs ?? 0,
    idleSinceMonotonicMs: 0,
    older: undefined,
    newer: undefined,
  };
}

function dialOf(slot: Slot): Dial {
  return {
    slot,
    want: undefined,
    begunBy: undefined,
    trace: undefined,
    ended: undefined,
    controller: new AbortController(),
    isPromising: true,
  };
}

function wantOf(needs: Needs = 'any'): Want {
  return { trace: undefined, place: undefined, needs, granted: () => {}, failed: () => {} };
}

interface Waiting {
  readonly needs: Needs;
  readonly hasDial: boolean;
}

function queueOf(...wants: Waiting[]): WantQueue {
  const queue = new WantQueue();
  for (const { needs, hasDial } of wants) {
    queue.add(wantOf(needs), hasDial ? dialOf(slotWith()) : undefined, undefined);
  }
  return queue;
}

describe('assign', () => {
  test('the most recently used first', () => {
    const slot = slotWith({}, { total: 2 });
    const [old, young] = [pooled({ idleSinceMs: 1_000 }, slot), pooled({ idleSinceMs: 50_000 }, slot)];
    slot.ready.push(old, young);
    expect(assign(slot, { nowMs: 60_000, monotonicMs: 0 }, 'any')).toEqual({ kind: 'reuse', pooled: young });
  });

  test.for<{ fact: string; nowMs?: number; monotonicMs?: number; limits?: Partial<PoolLimits>; facts?: Facts; outcome: string }>([
    { fact: 'just as old as allowed', nowMs: 91_000, outcome: 'reuse' },
    { fact: 'older', nowMs: 91_001, outcome: 'expire idle-timeout' },
    { fact: 'older, without a limit', nowMs: 1e12, limits: { idleConnTimeoutMs: 0 }, outcome: 'reuse' },
    { fact: 'the clock was set back', nowMs: 0, outcome: 'reuse' },
    { fact: 'older than the server waits', nowMs: 5_001, facts: { peerIdleTimeoutMs: 4_000 }, outcome: 'expire server-idle-timeout' },
    { fact: 'the server waits longer than we', nowMs: 91_001, facts: { peerIdleTimeoutMs: 120_000 }, outcome: 'expire idle-timeout' },
    {
      fact: 'only the server has a limit',
      nowMs: 5_001,
      limits: { idleConnTimeoutMs: 0 },
      facts: { peerIdleTimeoutMs: 4_000 },
      outcome: 'expire server-idle-timeout',
    },
    { fact: 'exchanges are under way', nowMs: 1e9, facts: { leases: 1, idleSinceMs: Infinity, maxExchanges: 10 }, outcome: 'reuse' },
    { fact: 'its lifetime is over', monotonicMs: 500, facts: { retireAtMonotonicMs: 500 }, outcome: 'expire max-conn-lifetime' },
    { fact: 'its lifetime is not over', monotonicMs: 499, facts: { retireAtMonotonicMs: 500 }, outcome: 'reuse' },
    {
      fact: 'its lifetime is over, and exchanges are under way',
      monotonicMs: 500,
      facts: { retireAtMonotonicMs: 500, leases: 1 },
      outcome: 'retire',
    },
    {
      fact: 'it has carried as many as it may',
      limits: { maxRequestsPerConn: 3 },
      facts: { granted: 3 },
      outcome: 'expire max-requests-per-conn',
    },
    { fact: 'it may carry one more', limits: { maxRequestsPerConn: 3 }, facts: { granted: 2 }, outcome: 'reuse' },
  ])('$fact: $outcome', ({ nowMs, monotonicMs, limits, facts, outcome }) => {
    const slot = slotWith(limits, { total: 1 });
    slot.ready.push(pooled({ idleSinceMs: 1_000, ...facts }, slot));
    const assignment = assign(slot, { nowMs: nowMs ?? 1_000, monotonicMs: monotonicMs ?? 0 }, 'any');
    expect('reason' in assignment ? `${assignment.kind} ${assignment.reason}` : assignment.kind).toBe(outcome);
  });

  test.for([
    { fact: 'nothing there', total: 0, waiting: 0, max: 0, queued: 0, kind: 'dial' },
    { fact: 'many in use, no limit', total: 1_000, waiting: 1_000, max: 0, queued: 0, kind: 'dial' },
    { fact: 'below the limit', total: 1, waiting: 1, max: 2, queued: 0, kind: 'dial' },
    { fact: 'at the limit', total: 2, waiting: 0, max: 2, queued: 0, kind: 'wait' },
    { fact: 'at the limit, the queue not full', total: 2, waiting: 4, max: 2, queued: 5, kind: 'wait' },
    { fact: 'at the limit, the queue full', total: 2, waiting: 5, max: 2, queued: 5, kind: 'refuse' },
    { fact: 'a full queue is no matter below the limit', total: 1, waiting: 5, max: 2, queued: 5, kind: 'dial' },
  ])('with none at hand, $fact: $kind', ({ total, waiting, max, queued, kind }) => {
    const { limits } = slotWith({ maxConnsPerHost: max, maxQueuedPerHost: queued });
    expect(assign({ ...slotWith(), total, limits, wants: { size: waiting, waitingCount: waiting, unusedCount: 0 } }, NOW, 'any').kind).toBe(
      kind,
    );
  });
});

describe('assign, where only a fresh connection will do', () => {
  const idle = pooled();
  const busy = pooled({ leases: 1, maxExchanges: 2 });

  test.for([
    { fact: 'there is room', ready: [idle], max: 0, kind: 'dial' },
    { fact: 'there is none but for an idle one', ready: [busy, idle], max: 2, kind: 'evict' },
    { fact: 'all are in use', ready: [busy], max: 1, kind: 'wait' },
  ])('$fact: $kind', ({ ready, max, kind }) => {
    const { limits } = slotWith({ maxConnsPerHost: max });
    const slot = { ...slotWith(), ready, total: ready.length, limits, wants: NOBODY };
    const assignment = assign(slot, { nowMs: 1e9, monotonicMs: 0 }, 'fresh');
    expect(assignment).toEqual(kind === 'evict' ? { kind, pooled: idle } : { kind });
  });
});

describe('assign, where only an unused connection will do', () => {
  const waiting: Waiting = { needs: 'any', hasDial: false };
  const [shared, unshared] = [{ maxExchanges: 4 }, {}];

  test.for<{ fact: string; ready: Facts[]; change?: Partial<Slot>; limits?: Partial<PoolLimits>; outcome: string }>([
    { fact: 'another has room', ready: [{ ...shared, leases: 1 }], outcome: 'dial' },
    { fact: 'another is idle', ready: [shared, unshared], outcome: 'dial' },
    { fact: 'another is enough for the others', ready: [shared], limits: { opensWhenFull: false }, outcome: 'dial' },
    { fact: 'a dial is under way for others', ready: [], change: { dialing: 1, isShared: true, wants: queueOf(waiting) }, outcome: 'dial' },
    {
      fact: 'at the limit with idle ones',
      ready: [{ ...shared, leases: 1 }, shared, unshared],
      limits: { maxConnsPerHost: 3 },
      outcome: 'evict 1',
    },
    { fact: 'at the limit with one that has just closed', ready: [{ maxExchanges: 0 }], limits: { maxConnsPerHost: 1 }, outcome: 'wait' },
    { fact: 'at the limit, all in use', ready: [{ ...shared, leases: 1 }], limits: { maxConnsPerHost: 1 }, outcome: 'wait' },
    {
      fact: 'at the limit, all in use, and the queue is full',
      ready: [{ ...shared, leases: 1 }],
      change: { wants: queueOf(waiting) },
      limits: { maxConnsPerHost: 1, maxQueuedPerHost: 1 },
      outcome: 'refuse',
    },
    {
      fact: 'it is not known yet what the host has',
      ready: [],
      change: { dialing: 1, firstDials: 1 },
      limits: { maxFirstDials: 1 },
      outcome: 'wait',
    },
    {
      fact: 'it is not known yet, and the queue is full',
      ready: [],
      change: { dialing: 1, firstDials: 1, wants: queueOf(waiting) },
      limits: { maxFirstDials: 1, maxQueuedPerHost: 1 },
      outcome: 'dial',
    },
  ])('$fact: $outcome', ({ ready, change, limits, outcome }) => {
    const slot = slotWith(limits, { total: ready.length + (change?.dialing ?? 0), shared: ready.length, ...change });
    slot.ready.push(...ready.map((each) => pooled(each, slot)));
    const assignment = assign(slot, NOW, 'unused');
    expect('pooled' in assignment ? `${assignment.kind} ${slot.ready.indexOf(assignment.pooled)}` : assignment.kind).toBe(outcome);
  });

  test('who does not mind passes those that wait for one', () => {
    const slot = slotWith({ maxConnsPerHost: 1 }, { total: 1, shared: 1, wants: queueOf({ needs: 'unused', hasDial: false }) });
    slot.ready.push(pooled({ ...shared, leases: 1 }, slot));
    expect(['any', 'fresh'].map((needs) => assign(slot, NOW, needs === 'any' ? 'any' : 'fresh').kind)).toEqual(['reuse', 'reuse']);
  });
});

describe('assign, among connections that carry several exchanges', () => {
  const choose = (facts: readonly Facts[], needs: Needs = 'any', change: Partial<Slot> = {}): string => {
    const slot = slotWith({}, { shared: facts.filter(({ maxExchanges }) => maxExchanges !== undefined).length, ...change });
    slot.ready.push(...facts.map((each) => pooled(each, slot)));
    const assignment = assign(slot, NOW, needs);
    return 'pooled' in assignment ? `${assignment.kind} ${slot.ready.indexOf(assignment.pooled)}` : assignment.kind;
  };
  const [two, one] = [
    { leases: 2, maxExchanges: 4 },
    { leases: 1, maxExchanges: 4 },
  ];

  test.for<{ fact: string; ready: Facts[]; needs?: Needs; change?: Partial<Slot>; outcome: string }>([
    { fact: 'the one with the fewest', ready: [two, one, two], outcome: 'reuse 1' },
    { fact: 'of several such the one used last', ready: [one, one, two], outcome: 'reuse 1' },
    { fact: 'before one that carries one exchange', ready: [two, {}], outcome: 'reuse 0' },
    { fact: 'one that carries one exchange, where the others are closed', ready: [{}, { maxExchanges: 0 }], outcome: 'reuse 0' },
    { fact: 'none that is closed', ready: [{ maxExchanges: 0 }], outcome: 'dial' },
    { fact: 'a used one for who wants a fresh one', ready: [one], needs: 'fresh', outcome: 'reuse 0' },
    {
      fact: 'not before those who wait',
      ready: [one],
      change: { wants: queueOf({ needs: 'any', hasDial: true }) },
      outcome: 'wait',
    },
  ])('$fact: $outcome', ({ ready, needs, change, outcome }) => {
    expect(choose(ready, needs, change)).toBe(outcome);
  });

  test('where a dial serves others none is closed to make room', () => {
    expect(choose([{}], 'fresh', { isShared: true, dialing: 1, total: 2 })).toBe('wait');
  });

  test.for<{ fact: string; change: Partial<Slot>; limits: Partial<PoolLimits>; kind: string }>([
    { fact: 'a dial serves many', change: { isShared: true, dialing: 1, total: 1 }, limits: {}, kind: 'dial' },
    { fact: 'nothing is known of the host', change: { dialing: 8, firstDials: 8, total: 8 }, limits: { maxFirstDials: 8 }, kind: 'dial' },
    { fact: 'there is no room', change: { isShared: true, dialing: 1, total: 1 }, limits: { maxConnsPerHost: 1 }, kind: 'refuse' },
    { fact: 'the server asks for calm', change: { calm: { kind: 'holding', asked: 1, untilMs: 1 } }, limits: {}, kind: 'refuse' },
  ])('a full queue, where $fact: $kind', ({ change, limits, kind }) => {
    const wants = queueOf({ needs: 'any', hasDial: false });
    expect(assign(slotWith({ ...limits, maxQueuedPerHost: 1 }, { ...change, wants }), NOW, 'any').kind).toBe(kind);
  });
});

describe('mayDial', () => {
  const known = { isShared: true };
  const opened = { ...slotWith().tally, opened: 1 };
  test.for<{ fact: string; slot?: Partial<Slot>; limits?: Partial<PoolLimits>; others?: number; may: boolean }>([
    { fact: 'one after the other, any number at once', slot: { dialing: 500, total: 500 }, others: 500, may: true },
    { fact: 'several at once, none under way', slot: known, may: true },
    { fact: 'one under way for a hundred', slot: { ...known, dialing: 1, total: 1 }, others: 99, may: false },
    { fact: 'one under way for more', slot: { ...known, dialing: 1, total: 1 }, others: 100, may: true },
    { fact: 'two under way', slot: { ...known, dialing: 2, total: 2 }, others: 199, may: false },
    { fact: 'one under way that somebody has waited for in vain', slot: { ...known, dialing: 1, promising: 0, total: 1 }, may: true },
    {
      fact: 'the same, where one is enough',
      slot: { ...known, dialing: 1, promising: 0, total: 1 },
      limits: { opensWhenFull: false },
      may: true,
    },
    {
      fact: 'one under way, of which each carries three',
      slot: { ...known, dialing: 1, total: 1 },
      limits: { maxRequestsPerConn: 3 },
      others: 2,
      may: true,
    },
    {
      fact: 'the same, for the last of three',
      slot: { ...known, dialing: 1, total: 1 },
      limits: { maxRequestsPerConn: 3 },
      others: 1,
      may: false,
    },
    {
      fact: 'one under way, of which each carries one',
      slot: { ...known, dialing: 1, total: 1 },
      limits: { keepsAlive: false },
      may: true,
    },
    { fact: 'as many as there may be', slot: { ...known, total: 2 }, limits: { maxConnsPerHost: 2 }, may: false },
    { fact: 'those that are full are enough', slot: { ...known, shared: 1, total: 1 }, limits: { opensWhenFull: false }, may: false },
    { fact: 'those that drain are not', slot: { ...known, draining: 1, total: 1 }, limits: { opensWhenFull: false }, may: true },
    { fact: 'a dial is enough', slot: { ...known, dialing: 1, total: 1 }, limits: { opensWhenFull: false }, others: 500, may: false },
    { fact: 'of a host that is not known a dial is not', slot: { dialing: 1, total: 1 }, limits: { opensWhenFull: false }, may: true },
    {
      fact: 'the last was one after the other, another carries several still',
      slot: { shared: 1, total: 2 },
      limits: { opensWhenFull: false },
      may: false,
    },
    { fact: 'the last of the first', slot: { dialing: 7, firstDials: 7, total: 7 }, limits: { maxFirstDials: 8 }, may: true },
    { fact: 'one more than the first', slot: { dialing: 8, firstDials: 8, total: 8 }, limits: { maxFirstDials: 8 }, may: false },
    {
      fact: 'one more than the first, and it is known',
      slot: { dialing: 8, firstDials: 8, total: 8, tally: opened },
      limits: { maxFirstDials: 8 },
      may: true,
    },
    { fact: 'the server asks for calm', slot: { ...known, calm: { kind: 'holding', asked: 1, untilMs: 1 } }, may: false },
    { fact: 'it has asked for calm, and that is over', slot: { ...known, calm: { kind: 'holding', asked: 1, untilMs: 0 } }, may: true },
    {
      fact: 'it has asked for calm, and is being tried',
      slot: { ...known, dialing: 1, total: 1, calm: { kind: 'holding', asked: 1, untilMs: 0 } },
      others: 500,
      may: false,
    },
    { fact: 'it was tried just now', slot: { ...known, total: 1, calm: { kind: 'trying', asked: 1, untilMs: 1 } }, may: false },
    {
      fact: 'it was tried and has served',
      slot: { ...known, dialing: 1, total: 1, calm: { kind: 'served', asked: 1, sinceMs: 0 } },
      others: 500,
      may: true,
    },
  ])('$fact: $may', ({ slot, limits, others, may }) => {
    expect(mayDial(slotWith(limits, slot), others ?? 0, 0)).toBe(may);
  });
});

describe('missingAhead', () => {
  const room = { maxExchanges: 4, leases: 1 };
  const strict = { opensWhenFull: false };
  test.for<{ fact: string; count: number; ready?: Facts[]; slot?: Partial<Slot>; limits?: Partial<PoolLimits>; missing: number }>([
    { fact: 'all', count: 3, missing: 3 },
    { fact: 'but those at hand or on their way', count: 3, ready: [{}], slot: { dialing: 1, total: 2 }, missing: 1 },
    { fact: 'one that has room is at hand', count: 2, ready: [room], slot: { shared: 1, total: 1 }, missing: 1 },
    { fact: 'no more than may be idle', count: 9, limits: { maxIdleConnsPerHost: 2 }, missing: 2 },
    { fact: 'none where none is kept', count: 9, limits: { maxIdleConnsPerHost: -1 }, missing: 0 },
    { fact: 'no more than there is room for', count: 9, slot: { total: 1 }, limits: { maxConnsPerHost: 4 }, missing: 3 },
    { fact: 'fewer than none are none', count: 1, ready: [{}, {}], slot: { total: 2 }, missing: 0 },
    { fact: 'one, where others are opened when it is gone', count: 9, slot: { isShared: true }, limits: strict, missing: 1 },
    { fact: 'none, where it is there', count: 9, slot: { isShared: true, shared: 1, total: 1 }, limits: strict, missing: 0 },
    { fact: 'none, where the server asks for calm', count: 9, slot: { calm: { kind: 'holding', asked: 1, untilMs: 1 } }, missing: 0 },
    { fact: 'one, where it has just done so', count: 9, slot: { calm: { kind: 'holding', asked: 1, untilMs: 0 } }, missing: 1 },
    { fact: 'all, where it has served since', count: 9, slot: { calm: { kind: 'served', asked: 1, sinceMs: 0 } }, missing: 9 },
  ])('$fact: $missing', ({ count, ready, slot, limits, missing }) => {
    const facts = slotWith(limits, slot);
    facts.ready.push(...(ready ?? []).map((each) => pooled(each, facts)));
    expect(missingAhead(facts, count, 0)).toBe(missing);
  });
});

describe('failingWith', () => {
  const known = { isShared: true };
  const opened = { ...slotWith().tally, opened: 1 };
  test.for<{ fact: string; slot?: Partial<Slot>; isAborted?: boolean; hasNewDial?: boolean; maxFirstDials?: number; who: string[] }>([
    { fact: 'its own request', who: ['own'] },
    { fact: 'nobody where that has begun another', hasNewDial: true, who: [] },
    { fact: 'all who wait, of those that carry several', slot: known, who: ['own', 'other'] },
    { fact: 'all who wait where those that are left drain', slot: { ...known, total: 2, draining: 2 }, who: ['own', 'other'] },
    { fact: 'its own request where a connection is left', slot: { ...known, total: 2, draining: 1 }, who: ['own'] },
    { fact: 'its own request where it was given up', slot: known, isAborted: true, who: ['own'] },
    { fact: 'all who wait where nothing is known', maxFirstDials: 8, who: ['own', 'other'] },
    { fact: 'its own request where something is known', maxFirstDials: 8, slot: { tally: opened }, who: ['own'] },
  ])('$fact', ({ slot, isAborted, hasNewDial, maxFirstDials, who }) => {
    const [own, other] = [wantOf(), wantOf()];
    const wants = new WantQueue();
    const facts = slotWith({ maxFirstDials: maxFirstDials ?? 0 }, { ...slot, wants });
    const dial = { ...dialOf(facts), want: own };
    wants.add(own, hasNewDial === true ? dialOf(facts) : dial, undefined);
    wants.add(other, undefined, undefined);
    if (isAborted === true) dial.controller.abort();
    expect(failingWith(dial).map((want) => (want === own ? 'own' : 'other'))).toEqual(who);
  });
});

describe('isSurplus', () => {
  test.for<{ fact: string; facts?: Facts; shared: number; isAwaited?: boolean; isSo: boolean }>([
    { fact: 'the only one that carries several', shared: 1, isSo: false },
    { fact: 'one more', shared: 2, isSo: true },
    { fact: 'one more, and somebody waits', shared: 2, isAwaited: true, isSo: false },
    { fact: 'one that carries one exchange', facts: { maxExchanges: 1 }, shared: 2, isSo: false },
  ])('$fact: $isSo', ({ facts, shared, isAwaited, isSo }) => {
    const wants = isAwaited === true ? queueOf({ needs: 'any', hasDial: false }) : new WantQueue();
    expect(isSurplus(pooled({ maxExchanges: 4, ...facts }, slotWith({}, { shared, wants })))).toBe(isSo);
  });
});

describe('settle', () => {
  test.for<{
    fact: string;
    facts?: Facts;
    waiting?: number;
    idle?: number;
    limits?: Partial<PoolLimits>;
    mode?: PoolMode;
    kind: string;
    reason?: string;
  }>([
    { fact: 'nobody waits', kind: 'keep' },
    { fact: 'somebody waits', waiting: 1, kind: 'hand-over' },
    { fact: 'who waits comes before the limits', waiting: 1, idle: 5, limits: { maxIdleConnsPerHost: -1 }, kind: 'hand-over' },
    { fact: 'who waits comes before closing what is idle', waiting: 1, mode: 'closing-idle', kind: 'hand-over' },
    { fact: 'it is closed', facts: { closeReason: 'response-close' }, waiting: 1, kind: 'gone', reason: 'response-close' },
    { fact: 'the pool is closed', mode: 'closed', kind: 'close', reason: 'transport-closed' },
    { fact: 'idle ones are being closed', mode: 'closing-idle', kind: 'close', reason: 'close-idle-connections' },
    { fact: 'the host has enough', idle: 2, limits: { maxIdleConnsPerHost: 2 }, kind: 'close', reason: 'max-idle-conns-per-host' },
    { fact: 'the host has room', idle: 1, limits: { maxIdleConnsPerHost: 2 }, kind: 'keep' },
    { fact: 'none is to be kept', limits: { maxIdleConnsPerHost: -1 }, kind: 'close', reason: 'max-idle-conns-per-host' },
    { fact: 'the server holds it no longer', facts: { peerIdleTimeoutMs: 0 }, kind: 'close', reason: 'server-idle-timeout' },
    { fact: 'the server holds it for a moment', facts: { peerIdleTimeoutMs: 1 }, kind: 'keep' },
    {
      fact: 'its lifetime is over and somebody waits',
      facts: { retireAtMonotonicMs: 0 },
      waiting: 1,
      kind: 'close',
      reason: 'max-conn-lifetime',
    },
    {
      fact: 'it has carried as many as it may and somebody waits',
      facts: { granted: 2 },
      limits: { maxRequestsPerConn: 2 },
      waiting: 1,
      kind: 'close',
      reason: 'max-requests-per-conn',
    },
    { fact: 'its lifetime is over and others are under way', facts: { retireAtMonotonicMs: 0, leases: 1 }, kind: 'stay' },
    { fact: 'keep-alive is off', limits: { keepsAlive: false }, kind: 'close', reason: 'keep-alives-disabled' },
    {
      fact: 'keep-alive is off, it was used and somebody waits',
      waiting: 1,
      limits: { keepsAlive: false },
      kind: 'close',
      reason: 'keep-alives-disabled',
    },
    {
      fact: 'keep-alive is off, it is new and somebody waits',
      facts: { hasCarried: false },
      waiting: 1,
      limits: { keepsAlive: false },
      kind: 'hand-over',
    },
    { fact: 'other exchanges are under way', facts: { leases: 2, maxExchanges: 10 }, mode: 'closed', kind: 'stay' },
    { fact: 'other exchanges are under way and it has room', facts: { leases: 2, maxExchanges: 10 }, waiting: 1, kind: 'hand-over' },
    { fact: 'other exchanges are under way and nobody waits', facts: { leases: 2, maxExchanges: 10 }, kind: 'stay' },
    { fact: 'what room there is is reserved', facts: { leases: 3, reserved: 2, maxExchanges: 2 }, waiting: 1, kind: 'stay' },
    { fact: 'it drains', facts: { leases: 1, isDraining: true, maxExchanges: 10 }, waiting: 1, kind: 'stay' },
    { fact: 'its peer takes nothing now', facts: { maxExchanges: 0 }, waiting: 1, kind: 'keep' },
    {
      fact: 'it has carried as many as it may, and others are under way',
      facts: { leases: 1, granted: 2, maxExchanges: 10 },
      limits: { maxRequestsPerConn: 2 },
      waiting: 1,
      kind: 'stay',
    },
    {
      fact: 'keep-alive is off and one exchange is under way',
      facts: { leases: 1, hasCarried: false, granted: 1, maxExchanges: 10 },
      limits: { keepsAlive: false },
      waiting: 1,
      kind: 'stay',
    },
  ])('$fact: $kind', ({ facts, waiting, idle, limits, mode, kind, reason }) => {
    const wants = queueOf(...Array.from({ length: waiting ?? 0 }, (): Waiting => ({ needs: 'any', hasDial: false })));
    const slot = slotWith(limits, { wants });
    slot.idle = idle ?? 0;
    const settlement = settle(pooled(facts, slot), mode ?? 'open', 0);
    expect(settlement).toEqual(reason === undefined ? { kind } : { kind, reason });
  });
});

describe('settle, with requests that want a fresh connection only', () => {
  const fresh: Waiting = { needs: 'fresh', hasDial: false };
  const unused: Waiting = { needs: 'unused', hasDial: false };
  const dialling: Waiting = { needs: 'fresh', hasDial: true };
  const ordinary: Waiting = { needs: 'any', hasDial: false };

  test.for<{
    fact: string;
    wants: Waiting[];
    maxConns?: number;
    hasCarried?: boolean;
    leases?: number;
    maxExchanges?: number;
    kind: string;
  }>([
    { fact: 'one waits for room', wants: [fresh], kind: 'close' },
    { fact: 'one waits, for the dial of another', wants: [fresh], maxConns: 2, kind: 'keep' },
    { fact: 'one waits for the dial of another, and the next does not mind', wants: [fresh, ordinary], maxConns: 2, kind: 'hand-over' },
    { fact: 'it carries several', wants: [fresh], maxExchanges: 2, kind: 'hand-over' },
    { fact: 'it carries several, and the request has its own dial', wants: [dialling], maxExchanges: 2, kind: 'hand-over' },
    { fact: 'one waits for room, and others behind it for any connection', wants: [fresh, ordinary], kind: 'close' },
    { fact: 'one waits for room behind another that does not mind', wants: [ordinary, fresh], kind: 'hand-over' },
    { fact: 'one has its own dial', wants: [dialling], kind: 'keep' },
    { fact: 'one has its own dial, and another does not mind', wants: [dialling, ordinary], kind: 'hand-over' },
    { fact: 'the connection is new', wants: [fresh], hasCarried: false, kind: 'hand-over' },
    { fact: 'it carries several, and is used', wants: [unused], maxExchanges: 2, kind: 'close' },
    { fact: 'it carries several, and is new', wants: [unused], hasCarried: false, maxExchanges: 2, kind: 'hand-over' },
    { fact: 'it carries several, and others do', wants: [unused], leases: 1, maxExchanges: 4, kind: 'stay' },
    { fact: 'others carry on, and one behind does not mind', wants: [unused, ordinary], leases: 1, maxExchanges: 4, kind: 'hand-over' },
  ])('$fact: $kind', ({ wants, maxConns, hasCarried, leases, maxExchanges, kind }) => {
    const slot = slotWith({ maxConnsPerHost: maxConns ?? 1 }, { wants: queueOf(...wants), total: 1 });
    const facts = { hasCarried: hasCarried ?? true, leases: leases ?? 0, ...(maxExchanges === undefined ? {} : { maxExchanges }) };
    const settlement = settle(pooled(facts, slot), 'open', 0);
    expect(settlement).toEqual(kind === 'close' ? { kind, reason: 'max-conns-per-host' } : { kind });
  });
});

describe('evict', () => {
  const oldest = pooled();
  test.for([
    { fact: 'no limit', max: 0, victim: undefined },
    { fact: 'at the limit', max: 2, victim: undefined },
    { fact: 'beyond it: the longest idle', max: 1, victim: oldest },
  ])('$fact', ({ max, victim }) => {
    expect(evict({ size: 2, oldest }, max)).toBe(victim);
  });
});
