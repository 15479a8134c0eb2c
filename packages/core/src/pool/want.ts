import type { Lease } from '../contract/connection.ts';
import type { TraceListener } from '../contract/trace-event.ts';

/** A request that waits for a connection. One of the two is called, once, unless the want is withdrawn; `granted` may come from within the call that asks. */
export interface Want {
  readonly trace: TraceListener | undefined;
  /** Whether only a connection that was just dialled will do: the one before was stale, and others may be. */
  readonly isFreshOnly: boolean;
  /** It is to use the lease at once: the pool counts on the connection's capacity being right when the call returns. */
  granted(lease: Lease): void;
  failed(error: unknown): void;
}
