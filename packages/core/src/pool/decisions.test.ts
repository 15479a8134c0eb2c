import { describe, expect, test } from 'vitest';

import { FakeConnection } from '../../test/fake-connection.ts';
import { UNLIMITED } from '../../test/unlimited.ts';
import { parseTarget } from '../contract/origin.ts';
import type { CloseReason } from '../contract/trace-event.ts';
import { assign } from './assign.ts';
import { evict } from './evict.ts';
import type { PoolLimits } from './limits.ts';
import type { Dial } from './pending-dials.ts';
import { settle, type PoolMode } from './settle.ts';
import { emptySlot, type PooledConnection, type Slot } from './slot.ts';
import { WantQueue } from './want-queue.ts';

const LIMITS: PoolLimits = { ...UNLIMITED, idleConnTimeoutMs: 90_000 };
const NOW = { nowMs: 0, monotonicMs: 0 };
const NOBODY = { size: 0, waitingCount: 0 };
const { origin } = parseTarget('http://example.com/');

interface Facts {
  idleSinceMs?: number;
  leases?: number;
  granted?: number;
  hasCarried?: boolean;
  isDraining?: boolean;
  closeReason?: CloseReason;
  maxExchanges?: number;
  peerIdleTimeoutMs?: number;
  retireAtMonotonicMs?: number;
}

function slotWith(limits: Partial<PoolLimits> = {}, change: Partial<Slot> = {}): Slot {
  return { ...emptySlot({ key: origin.key, origin, proxy: undefined, isForwarded: false }, { ...LIMITS, ...limits }), ...change };
}

function pooled(facts: Facts = {}, slot: Slot = slotWith()): PooledConnection {
  const connection = new FakeConnection({ onChange: () => {} }, origin.key, facts.maxExchanges);
  connection.closeReason = facts.closeReason;
  connection.peerIdleTimeoutMs = facts.peerIdleTimeoutMs;
  return {
    connection,
    slot,
    isShared: connection.isShared,
    retireAtMonotonicMs: facts.retireAtMonotonicMs ?? Infinity,
    leases: facts.leases ?? 0,
    reserved: 0,
    granted: facts.granted ?? 1,
    hasCarried: facts.hasCarried ?? true,
    isDraining: facts.isDraining ?? false,
    idleSinceMs: facts.idleSinceMs ?? 0,
    idleSinceMonotonicMs: 0,
  };
}

function dialOf(slot: Slot): Dial {
  return { slot, want: undefined, trace: undefined, ended: undefined, controller: new AbortController() };
}

function queueOf(...wants: { readonly isFreshOnly: boolean; readonly hasDial: boolean }[]): WantQueue {
  const queue = new WantQueue();
  for (const { isFreshOnly, hasDial } of wants) {
    queue.add({ trace: undefined, isFreshOnly, granted: () => {}, failed: () => {} }, hasDial ? dialOf(slotWith()) : undefined, undefined);
  }
  return queue;
}

describe('assign', () => {
  test('the most recently used first', () => {
    const slot = slotWith({}, { total: 2 });
    const [old, young] = [pooled({ idleSinceMs: 1_000 }, slot), pooled({ idleSinceMs: 50_000 }, slot)];
    slot.ready.push(old, young);
    expect(assign(slot, { nowMs: 60_000, monotonicMs: 0 }, false)).toEqual({ kind: 'reuse', pooled: young });
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
    const assignment = assign(slot, { nowMs: nowMs ?? 1_000, monotonicMs: monotonicMs ?? 0 }, false);
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
    expect(assign({ ...slotWith(), total, limits, wants: { size: waiting, waitingCount: waiting } }, NOW, false).kind).toBe(kind);
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
    const assignment = assign(slot, { nowMs: 1e9, monotonicMs: 0 }, true);
    expect(assignment).toEqual(kind === 'evict' ? { kind, pooled: idle } : { kind });
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
      facts: { hasCarried: false, granted: 0 },
      waiting: 1,
      limits: { keepsAlive: false },
      kind: 'hand-over',
    },
    { fact: 'other exchanges are under way', facts: { leases: 2, maxExchanges: 10 }, mode: 'closed', kind: 'stay' },
    { fact: 'other exchanges are under way and it has room', facts: { leases: 2, maxExchanges: 10 }, waiting: 1, kind: 'hand-over' },
    { fact: 'other exchanges are under way and nobody waits', facts: { leases: 2, maxExchanges: 10 }, kind: 'stay' },
  ])('$fact: $kind', ({ facts, waiting, idle, limits, mode, kind, reason }) => {
    const wants = queueOf(...Array.from({ length: waiting ?? 0 }, () => ({ isFreshOnly: false, hasDial: false })));
    const slot = slotWith(limits, { wants });
    slot.idle = idle ?? 0;
    const settlement = settle(pooled(facts, slot), mode ?? 'open', 0);
    expect(settlement).toEqual(reason === undefined ? { kind } : { kind, reason });
  });
});

describe('settle, with requests that want a fresh connection only', () => {
  const fresh = { isFreshOnly: true, hasDial: false };
  const dialling = { isFreshOnly: true, hasDial: true };
  const ordinary = { isFreshOnly: false, hasDial: false };

  test.for([
    { fact: 'one waits for room', wants: [fresh], kind: 'close' },
    { fact: 'one waits for room, and others behind it for any connection', wants: [fresh, ordinary], kind: 'close' },
    { fact: 'one waits for room behind another that does not mind', wants: [ordinary, fresh], kind: 'hand-over' },
    { fact: 'one has its own dial', wants: [dialling], kind: 'keep' },
    { fact: 'one has its own dial, and another does not mind', wants: [dialling, ordinary], kind: 'hand-over' },
    { fact: 'the connection is new', wants: [fresh], hasCarried: false, kind: 'hand-over' },
  ])('$fact: $kind', ({ wants, hasCarried, kind }) => {
    const slot = slotWith({ maxConnsPerHost: 1 }, { wants: queueOf(...wants), total: 1 });
    const settlement = settle(pooled({ hasCarried: hasCarried ?? true }, slot), 'open', 0);
    expect(settlement).toEqual(kind === 'close' ? { kind, reason: 'max-conns-per-host' } : { kind });
  });
});

describe('evict', () => {
  const [first, second] = [pooled(), pooled()];
  test.for([
    { fact: 'no limit', max: 0, victim: undefined },
    { fact: 'at the limit', max: 2, victim: undefined },
    { fact: 'beyond it: the longest idle', max: 1, victim: first },
  ])('$fact', ({ max, victim }) => {
    expect(evict(new Set([first, second]), max)).toBe(victim);
  });
});
