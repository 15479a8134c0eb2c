import type { Clock } from '../contract/clock.ts';
import type { Dialer } from '../contract/dialer.ts';
import type { TraceListener } from '../contract/trace-event.ts';
import type { ProxyConnectReply, TunnelWay } from '../contract/tunnel.ts';
import type { HttpHeadersInit } from '../contract/http-headers.ts';
import type { ResponseLimits } from '../h1/http1-options.ts';
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
  /** The caller's own ways to open the first hop, the one for TLS past its handshake. */
  readonly dial: Dialer | undefined;
  readonly dialTLS: Dialer | undefined;
  /** With origins. */
  readonly tls: TlsClient;
  /** With `https:` proxies. */
  readonly proxyTls: TlsClient;
  /** For resolving the name and connecting. */
  readonly dialTimeoutMs: number;
  readonly tlsHandshakeTimeoutMs: number;
  /** 0 for no TCP keep-alive probes. */
  readonly keepAliveMs: number;
  readonly proxy: ProxyDialOptions;
}

/** How an HTTP proxy is asked for a tunnel. */
export interface ProxyDialOptions {
  /** For the question and its answer. */
  readonly timeoutMs: number;
  readonly headers: (way: TunnelWay) => HttpHeadersInit | Promise<HttpHeadersInit>;
  readonly onResponse: ((reply: ProxyConnectReply) => void | Promise<void>) | undefined;
}

/** For whom a wire is opened. */
export interface DialRequest {
  readonly trace: TraceListener | undefined;
  /** What the origin may choose from. */
  readonly alpnProtocols: readonly string[];
  /** Of a proxy's answers. */
  readonly limits: ResponseLimits;
  /** Gives the dial up. */
  readonly signal: AbortSignal;
}
