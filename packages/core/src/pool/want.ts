import type { Lease } from '../contract/connection.ts';
import type { TraceListener } from '../contract/trace-event.ts';

/**
 * Which connections will do for a request. `fresh`: where each carries one exchange after another, one that was just dialled, since the one before was stale, and others may be; of those that carry several, any: the one that
 * failed is closed. `unused`: one that was just dialled, whatever its kind.
 */
export type Needs = 'any' | 'fresh' | 'unused';

/** Where a want waits. What there is to know of it is its queue's. */
export interface QueuePlace {
  readonly want: Want;
}

/** A request that waits for a connection. One of the two is called, once, unless the want is withdrawn; `granted` may come from within the call that asks. */
export interface Want {
  readonly trace: TraceListener | undefined;
  readonly needs: Needs;
  /** Its queue's to set. */
  place: QueuePlace | undefined;
  /** It is to use the lease at once: the pool counts on the connection's capacity being right when the call returns. */
  granted(lease: Lease): void;
  failed(error: unknown): void;
}
