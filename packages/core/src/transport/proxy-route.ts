import type { HttpRequest } from '../contract/http-request.ts';
import type { Origin } from '../contract/origin.ts';
import type { Proxy } from '../contract/proxy.ts';
import type { Route } from '../contract/route.ts';
import { asksForUpgrade } from '../h1/request-head.ts';
import { parseProxy } from './proxy-url.ts';

/** Which proxy a request takes: its URL, or nothing for none. It is asked for each attempt and answers within the call. */
export type ProxySelector = (request: HttpRequest) => string | URL | null | undefined;

/**
 * The way to `origin`. An HTTP proxy is given plain requests for whomever they are, so that it has one key for all of them (Go's connectMethodKey);
 * any other way through a proxy is a tunnel, which belongs to its origin.
 * @param isTunnelAsked Of a CONNECT, which is for the server of its URL and nobody on the way.
 */
export function routeFor(origin: Origin, proxy: Proxy | undefined, isTunnelAsked = false): Route {
  if (proxy === undefined) return directRoute(origin);
  if (origin.scheme === 'http' && proxy.scheme !== 'socks5' && !isTunnelAsked) {
    return { key: `${proxy.key}|http|`, origin: proxy.origin, proxy, isForwarded: true };
  }
  return { key: `${proxy.key}|${origin.scheme}|${origin.host}`, origin, proxy, isForwarded: false };
}

/** The one that was asked for last. */
let lastDirect: Route | undefined;

function directRoute(origin: Origin): Route {
  if (lastDirect?.origin !== origin) lastDirect = { key: origin.key, origin, proxy: undefined, isForwarded: false };
  return lastDirect;
}

/** As `route`, for a request that HTTP/1.1 alone can make: one for another protocol over its connection (Go's `onlyH1`). Without TLS it makes no difference. */
function http1Only(route: Route): Route {
  return route.origin.scheme === 'https' && !route.isForwarded ? { ...route, key: `${route.key}|http/1.1`, isHttp1Only: true } : route;
}

/** How many proxies of a selector's are kept parsed. */
const KNOWN_PROXIES = 100;

/** What makes a request's route of the option `proxy`. @throws TypeError where it is no proxy's URL. */
export function routerOf(option: string | URL | ProxySelector): (request: HttpRequest) => Route {
  if (typeof option !== 'function') {
    const proxy = parseProxy(option);
    return (request) => suitedRoute(request, proxy);
  }
  const known = new Map<string, Proxy>();
  return (request) => suitedRoute(request, selected(option(request), known));
}

/** The way that a request takes, by `proxy` or directly: see {@link routeFor} and {@link http1Only}. */
export function suitedRoute(request: HttpRequest, proxy: Proxy | undefined): Route {
  const route = routeFor(request.target.origin, proxy, request.method === 'CONNECT');
  return asksForUpgrade(request) ? http1Only(route) : route;
}

function selected(answer: unknown, known: Map<string, Proxy>): Proxy | undefined {
  if (answer === null || answer === undefined) return undefined;
  if (answer instanceof Promise) {
    answer.catch(() => {});
    throw new TypeError('proxy: the function gave a promise: it must answer within the call');
  }
  const before = typeof answer === 'string' ? known.get(answer) : undefined;
  if (before !== undefined) return before;
  const proxy = parseProxy(answer);
  if (typeof answer === 'string') {
    if (known.size >= KNOWN_PROXIES) known.clear();
    known.set(answer, proxy);
  }
  return proxy;
}
