import type { Connection } from '../contract/connection.ts';
import { hostPortOf } from '../contract/origin.ts';
import { emit, type TraceListener } from '../contract/trace-event.ts';
import { waitsFor } from './assign.ts';
import type { Dial } from './pending-dials.ts';
import type { PoolLease } from './pool-lease.ts';
import type { Settlement } from './settle.ts';
import type { PooledConnection, Slot } from './slot.ts';
import type { Want } from './want.ts';

/** A want is in the queue. @param dial That was begun for it. */
export function tellQueued({ trace }: Want, slot: Slot, dial: Dial | undefined): void {
  if (trace === undefined) return;
  const willDial = dial !== undefined;
  emit(trace, { kind: 'queueStart', willDial, waitsFor: willDial ? 'own-dial' : waitsFor(slot) });
}

/** It has left the queue. */
export function tellUnqueued({ trace }: Want): void {
  if (trace !== undefined) emit(trace, { kind: 'queueEnd' });
}

/** A dial begins. */
export function tellDialStart({ trace, slot }: Dial): void {
  if (trace === undefined) return;
  const { origin, proxy } = slot.route;
  emit(trace, { kind: 'dialStart', hostPort: hostPortOf(proxy ?? origin) });
}

/** It has opened a connection. */
export function tellOpened({ trace }: Dial, { info: connection }: Connection): void {
  if (trace === undefined) return;
  emit(trace, { kind: 'connOpened', connection });
  emit(trace, { kind: 'dialEnd', connection });
}

/** It has failed, or was given up. */
export function tellDialFailed({ trace }: Dial, error: unknown): void {
  if (trace !== undefined) emit(trace, { kind: 'dialEnd', error });
}

/** What it has opened went to somebody else. */
export function tellDonated({ trace }: Dial, { info: connection }: Connection, to: 'request' | 'pool'): void {
  if (trace !== undefined) emit(trace, { kind: 'dialDonated', connection, to });
}

/** A want has its connection. */
export function tellGranted(trace: TraceListener, lease: PoolLease, { idleTimeMs, dialledByAnother }: GrantFacts): void {
  const { connection, isReused: reused, wasIdle } = lease;
  emit(trace, { kind: 'gotConn', connection: connection.info, reused, wasIdle, idleTimeMs, dialledByAnother });
}

interface GrantFacts {
  readonly idleTimeMs: number;
  readonly dialledByAnother: boolean;
}

/** Its exchange is over. */
export function tellReleased(trace: TraceListener, { connection: { info } }: PooledConnection): void {
  emit(trace, { kind: 'leaseReleased', connection: info });
}

/** An exchange has no need of it any more. @param settlement What becomes of it. */
export function tellPut(trace: TraceListener, { connection: { info } }: PooledConnection, settlement: Settlement): void {
  const reason = 'reason' in settlement ? settlement.reason : undefined;
  emit(trace, reason === undefined ? { kind: 'putIdleConn', connection: info } : { kind: 'putIdleConn', connection: info, reason });
}
