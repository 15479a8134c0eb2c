import { describe, expect, test } from 'vitest';

import { FakeConnection } from '../../test/fake-connection.ts';
import { parseTarget } from '../contract/origin.ts';
import type { CloseReason } from '../contract/trace-event.ts';
import { assign } from './assign.ts';
import { evict } from './evict.ts';
import type { PoolLimits } from './limits.ts';
import { settle, type PoolMode } from './settle.ts';
import { emptySlot, type PooledConnection } from './slot.ts';
import { WantQueue } from './want-queue.ts';

const LIMITS: PoolLimits = {
  maxIdleConns: 0,
  maxIdleConnsPerHost: 0,
  maxConnsPerHost: 0,
  maxQueuedPerHost: 0,
  idleConnTimeoutMs: 90_000,
  keepsAlive: true,
};
const { origin } = parseTarget('http://example.com/');
const slot = emptySlot({ key: origin.key, origin });

function pooled(
  facts: { idleSinceMs?: number; leases?: number; hasCarried?: boolean; closeReason?: CloseReason; maxExchanges?: number } = {},
): PooledConnection {
  const connection = new FakeConnection({ onChange: () => {} }, origin.key, facts.maxExchanges);
  connection.closeReason = facts.closeReason;
  return {
    connection,
    slot,
    leases: facts.leases ?? 0,
    hasCarried: facts.hasCarried ?? true,
    idleSinceMs: facts.idleSinceMs ?? 0,
    idleSinceMonotonicMs: 0,
  };
}

function queueOf(...wants: { readonly isFreshOnly: boolean; readonly hasDial: boolean }[]): WantQueue {
  const queue = new WantQueue();
  for (const { isFreshOnly, hasDial } of wants) {
    queue.set({ trace: undefined, isFreshOnly, granted: () => {}, failed: () => {} }, hasDial ? {} : undefined);
  }
  return queue;
}

describe('assign', () => {
  const old = pooled({ idleSinceMs: 1_000 });
  const young = pooled({ idleSinceMs: 50_000 });

  test('the most recently used first', () => {
    expect(assign({ ready: [old, young], total: 2, wants: { waitingCount: 0 } }, LIMITS, 60_000, false)).toEqual({
      kind: 'reuse',
      pooled: young,
    });
  });

  test.for([
    { fact: 'just as old as allowed', nowMs: 91_000, limits: {}, kind: 'reuse' },
    { fact: 'older', nowMs: 91_001, limits: {}, kind: 'expire' },
    { fact: 'older, without a limit', nowMs: 1e12, limits: { idleConnTimeoutMs: 0 }, kind: 'reuse' },
    { fact: 'the clock was set back', nowMs: 0, limits: {}, kind: 'reuse' },
  ])('$fact: $kind', ({ nowMs, limits, kind }) => {
    expect(assign({ ready: [old], total: 1, wants: { waitingCount: 0 } }, { ...LIMITS, ...limits }, nowMs, false)).toEqual({
      kind,
      pooled: old,
    });
  });

  test('one with exchanges under way is never too old', () => {
    const busy = pooled({ idleSinceMs: 0, leases: 1, maxExchanges: 10 });
    expect(assign({ ready: [busy], total: 1, wants: { waitingCount: 0 } }, LIMITS, 1e9, false).kind).toBe('reuse');
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
    const limits = { ...LIMITS, maxConnsPerHost: max, maxQueuedPerHost: queued };
    expect(assign({ ready: [], total, wants: { waitingCount: waiting } }, limits, 0, false).kind).toBe(kind);
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
    const assignment = assign({ ready, total: ready.length, wants: { waitingCount: 0 } }, { ...LIMITS, maxConnsPerHost: max }, 1e9, true);
    expect(assignment).toEqual(kind === 'evict' ? { kind, pooled: idle } : { kind });
  });
});

describe('settle', () => {
  test.for<{
    fact: string;
    facts?: Parameters<typeof pooled>[0];
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
  ])('$fact: $kind', ({ facts, waiting, idle, limits, mode, kind, reason }) => {
    const wants = queueOf(...Array.from({ length: waiting ?? 0 }, () => ({ isFreshOnly: false, hasDial: false })));
    const ready = Array.from({ length: idle ?? 0 }, () => pooled());
    const settlement = settle(pooled(facts), { ready, wants }, { ...LIMITS, ...limits }, mode ?? 'open');
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
    const settlement = settle(pooled({ hasCarried: hasCarried ?? true }), { ready: [], wants: queueOf(...wants) }, LIMITS, 'open');
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
    expect(evict(new Set([first, second]), { ...LIMITS, maxIdleConns: max })).toBe(victim);
  });
});
