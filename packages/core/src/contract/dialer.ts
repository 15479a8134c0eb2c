import type { Duplex } from 'node:stream';

import type { TraceListener } from './trace-event.ts';

/** Where a connection is to go: the origin or, where a proxy is used, the proxy. */
export interface DialTarget {
  readonly scheme: 'http' | 'https' | 'socks5';
  readonly hostname: string;
  readonly port: number;
}

/** What a caller's own dial is told. */
export interface DialerOptions {
  /** Aborted when the dial is given up, or has met its time limit: nobody wants the stream any more. */
  readonly signal: AbortSignal;
  /** Of the request that began the dial. */
  readonly trace: TraceListener | undefined;
}

/** Opens a stream to the target. It is the Transport's from there on, which closes it. */
export type Dialer = (target: DialTarget, options: DialerOptions) => Duplex | Promise<Duplex>;
