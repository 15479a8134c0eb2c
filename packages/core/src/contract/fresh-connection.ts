import { contextKey, type ContextKey } from './context.ts';

/**
 * With `true` under this key in its context a request goes out on a connection that has carried no exchange before, where the server takes one request at a time on each:
 * for whoever was told that the connection led to the wrong place (421, RFC 9110 §15.5.20). A connection that carries many at once (HTTP/2) is used as it is.
 */
export const freshConnection: ContextKey<boolean> = contextKey('fresh connection');
