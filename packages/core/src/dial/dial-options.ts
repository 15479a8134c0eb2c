import type { Clock } from '../contract/clock.ts';
import type { TraceListener } from '../contract/trace-event.ts';
import type { AllowAddress } from '../wire/address-guard.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import type { TlsClient } from '../wire/tls-client.ts';

/** How wires are opened. Durations in milliseconds, 0 for no limit. */
export interface DialOptions {
  readonly clock: Clock;
  readonly socketPath: string | undefined;
  readonly localAddress: string | undefined;
  readonly lookup: Lookup | undefined;
  readonly allowAddress: AllowAddress | undefined;
  readonly tls: TlsClient;
  /** For resolving the name and connecting. */
  readonly dialTimeoutMs: number;
  readonly tlsHandshakeTimeoutMs: number;
  /** 0 for no TCP keep-alive probes. */
  readonly keepAliveMs: number;
  readonly alpnProtocols: readonly string[];
}

/** For whom a wire is opened. */
export interface DialRequest {
  readonly trace: TraceListener | undefined;
  /** Gives the dial up. */
  readonly signal: AbortSignal;
}
