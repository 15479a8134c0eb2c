import type { ServerOptions } from 'node:https';
import type { SecureServerOptions, Settings } from 'node:http2';

import type { Clock } from '@roundtripper/core';

import type { Handler, Http2Handler, SharedHandler } from './handler.ts';

/** What a server of any protocol can be told. */
interface AnyServerOptions {
  /** Measures the delays of scripted answers. Default: the machine's time. */
  readonly clock?: Clock | undefined;
}

/** How to start a server of HTTP/1.1. */
export interface Http1ServerOptions extends AnyServerOptions {
  /** Default `http/1.1`. */
  readonly protocol?: 'http/1.1' | undefined;
  /** Answers where no scripted answer is left. Default: 200 with the body `ok`. */
  readonly handler?: Handler | undefined;
  /** `true` for TLS with `testCertificate`, or options of `https.createServer` that replace it. Default: no TLS. */
  readonly tls?: boolean | ServerOptions | undefined;
}

/** How to start a server of HTTP/2. */
export interface Http2ServerOptions extends AnyServerOptions {
  /** HTTP/2 and nothing else. */
  readonly protocol: 'h2';
  /** Answers where no scripted answer is left. Default: 200 with the body `ok`. */
  readonly handler?: Http2Handler | undefined;
  /** `true` for TLS with `testCertificate` and the ALPN protocol h2, or options of `http2.createSecureServer` that replace it. Default: no TLS, by prior knowledge. */
  readonly tls?: boolean | SecureServerOptions | undefined;
  /** What it announces. */
  readonly settings?: Settings | undefined;
}

/** How to start a server that speaks what the client chooses. */
export interface EitherServerOptions extends AnyServerOptions {
  /** HTTP/2 or HTTP/1.1, as ALPN has it. */
  readonly protocol: 'either';
  /** Answers where no scripted answer is left. Default: 200 with the body `ok`. */
  readonly handler?: SharedHandler | undefined;
  /** `true` for TLS with `testCertificate`, or options of `http2.createSecureServer` that replace it. */
  readonly tls: true | SecureServerOptions;
  /** What it announces over HTTP/2. */
  readonly settings?: Settings | undefined;
}

/** How to start a `TestServer`. */
export type TestServerOptions = Http1ServerOptions | Http2ServerOptions | EitherServerOptions;
