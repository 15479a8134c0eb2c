import { contextKey, type ContextKey } from './context.ts';

/**
 * With `true` under this key in its context a request goes out on a connection that is dialled for it and has carried no exchange before, also where others could carry it besides (HTTP/2):
 * for whoever was told that the connection led to the wrong place (421, RFC 9110 §15.5.20). Where there may be no more connections to the host it waits until nobody uses one, which is then closed for it.
 */
export const freshConnection: ContextKey<boolean> = contextKey('fresh connection');
