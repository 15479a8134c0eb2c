import type { HttpHeaders } from './http-headers.ts';

/** By which proxy a tunnel is to lead where. */
export interface TunnelWay {
  /** Like `http://proxy.example:3128`, never with userinfo. */
  readonly proxy: string;
  /** Like `example.com:443`. */
  readonly target: string;
}

/** What an HTTP proxy answers when it is asked for a tunnel. */
export interface TunnelReply {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HttpHeaders;
}

/** The answer, and to whose question. */
export interface ProxyConnectReply extends TunnelWay, TunnelReply {}
