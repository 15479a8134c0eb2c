import type { HttpRequest } from '../contract/http-request.ts';
import { proxyBypass } from './proxy-bypass.ts';
import type { ProxySelector } from './proxy-route.ts';
import { parseProxy } from './proxy-url.ts';

/**
 * What `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say, for the option `proxy`: read once, by Go's rules. Each is for its own scheme, and their lower-case
 * forms win. `localhost` and loopback addresses are never proxied. `NO_PROXY` is a list of names, addresses and ranges, separated by commas.
 *
 * Where `REQUEST_METHOD` is set the program is a CGI script, in which a request's `Proxy` field arrives as `HTTP_PROXY` (CVE-2016-5386): then
 * a request that would take that proxy fails with a `TypeError`.
 * @throws TypeError where one of the two is no proxy's URL. It is not shown.
 */
export function proxyFromEnvironment(env: Readonly<Record<string, string | undefined>> = process.env): ProxySelector {
  const http = proxyOf(env, 'HTTP_PROXY');
  const https = proxyOf(env, 'HTTPS_PROXY');
  const isCgi = (env['REQUEST_METHOD'] ?? '') !== '';
  const isBypassed = proxyBypass(valueOf(env, 'NO_PROXY') ?? '');
  return ({ target }: HttpRequest) => {
    const { scheme, hostname, port } = target.origin;
    const proxy = scheme === 'http' ? http : https;
    if (proxy === undefined || isBypassed(hostname, port)) return undefined;
    if (isCgi && scheme === 'http') throw new TypeError('HTTP_PROXY is not used in a CGI environment, where a request can set it');
    return proxy;
  };
}

function proxyOf(env: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const value = valueOf(env, name);
  if (value === undefined) return undefined;
  try {
    parseProxy(value);
  } catch (error) {
    throw new TypeError(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  return value;
}

function valueOf(env: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  return [env[name.toLowerCase()], env[name]].find((value) => value !== undefined && value !== '');
}
