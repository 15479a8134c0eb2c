import type { Origin } from './origin.ts';
import type { Proxy } from './proxy.ts';

/** The way to an origin. Connections are shared by all requests whose routes have the same key. */
export interface Route {
  /** The origin's, where there is no proxy. Not to be shown. */
  readonly key: string;
  /** Whom HTTP is spoken with: the request's origin or, where a proxy passes requests on, the proxy. */
  readonly origin: Origin;
  /** Undefined where the way is direct. */
  readonly proxy: Proxy | undefined;
  /** Whether the proxy is given the requests, whoever they are for, rather than asked for a tunnel to the origin. */
  readonly isForwarded: boolean;
  /** Whether HTTP/1.1 is to be spoken, whatever else is: a request for another protocol over its connection can be made in no other. */
  readonly isHttp1Only?: boolean;
}
