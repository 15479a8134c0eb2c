import { HttpHeaders } from '../contract/http-headers.ts';
import { hostPortOf, type Origin } from '../contract/origin.ts';
import type { Proxy } from '../contract/proxy.ts';
import { emit } from '../contract/trace-event.ts';
import type { TunnelReply, TunnelWay } from '../contract/tunnel.ts';
import type { ResponseLimits } from '../h1/http1-options.ts';
import { asError } from '../wire/as-error.ts';
import type { SocketWire } from '../wire/socket-wire.ts';
import { connectTunnel } from './connect-tunnel.ts';
import type { DialOptions } from './dial-options.ts';
import type { Dialling } from './dialling.ts';
import { openHop, secure } from './open-hop.ts';
import { ProxyError, proxyRefused } from './proxy-error.ts';
import { socksAddress, socksConnect } from './socks5.ts';

/** The two ends of a tunnel: whom it is asked of, and where it leads. */
export interface TunnelEnds {
  readonly proxy: Proxy;
  readonly origin: Origin;
  /** What the origin may choose from. */
  readonly alpnProtocols: readonly string[];
  /** Of the proxy's answers. */
  readonly limits: ResponseLimits;
}

/** What proxies are spoken with. */
export const FOR_PROXIES: readonly string[] = ['http/1.1'];

/** How a proxy is asked for the way; resolves with the status of its answer where that has one. */
type Ask = (wire: SocketWire) => Promise<number | undefined>;

/** Opens a wire to an origin through a proxy, with TLS over it where the origin speaks that. */
export async function openTunnel(ends: TunnelEnds, options: DialOptions, dialling: Dialling): Promise<SocketWire> {
  const { proxy, origin, alpnProtocols } = ends;
  dialling.enter('proxy', 0);
  const way: TunnelWay = { proxy: proxy.name, target: hostPortOf(origin) };
  // Before any I/O: a target that cannot be asked for is none of the proxy's business.
  const ask = await dialling.step<Ask>((end) => {
    end.opened(proxy.scheme === 'socks5' ? askSocks(proxy, origin) : askHttp(ends, way, options));
    return () => {};
  });
  const tls = proxy.scheme === 'https' ? options.proxyTls : undefined;
  const wire = await openHop({ ...proxy, tls, alpnProtocols: FOR_PROXIES }, options, dialling, 'proxy');
  dialling.enter('proxy', options.proxy.timeoutMs);
  await askProxy(wire, ask, { way, dialling });
  if (origin.scheme === 'http') return wire;
  dialling.enter('tls', options.tlsHandshakeTimeoutMs, 'origin');
  const { hostname, port, scheme } = origin;
  return secure(wire, { hostname, port, scheme, tls: options.tls, alpnProtocols }, dialling);
}

function askSocks({ credentials }: Proxy, origin: Origin): Ask {
  const address = socksAddress(origin);
  return async (wire) => {
    await socksConnect(wire, address, credentials);
    return undefined;
  };
}

function askHttp({ proxy, limits }: TunnelEnds, way: TunnelWay, { proxy: asking }: DialOptions): Ask {
  return async (wire) => {
    const headers = HttpHeaders.readOnly(await asking.headers(way));
    const request = { target: way.target, headers, authorization: proxy.credentials?.basic };
    return connectTunnel(wire, request, limits, (reply) => judge(reply, way, asking.onResponse));
  };
}

async function judge(reply: TunnelReply, way: TunnelWay, onResponse: DialOptions['proxy']['onResponse']): Promise<void> {
  const { status, statusText, headers } = reply;
  try {
    await onResponse?.({ ...way, status, statusText, headers });
  } catch (error) {
    throw proxyRefused(`onProxyConnectResponse refuses its answer: ${asError(error).message}`, { cause: error, status });
  }
}

/** Each start has its end. The wire is closed where the proxy gives no way. */
async function askProxy(
  wire: SocketWire,
  ask: Ask,
  { way, dialling }: { readonly way: TunnelWay; readonly dialling: Dialling },
): Promise<void> {
  const { trace } = dialling;
  if (trace !== undefined) emit(trace, { kind: 'proxyConnectStart', ...way });
  try {
    const status = await dialling.step<number | undefined>((end) => {
      ask(wire).then(end.opened, (error: unknown) => end.failed(asError(error)));
      return () => wire.destroy();
    });
    if (trace !== undefined) emit(trace, { kind: 'proxyConnectDone', proxy: way.proxy, ...statusOf(status) });
  } catch (error) {
    wire.destroy();
    const status = error instanceof Error && error.cause instanceof ProxyError ? error.cause.status : undefined;
    if (trace !== undefined) emit(trace, { kind: 'proxyConnectDone', proxy: way.proxy, ...statusOf(status), error });
    throw error;
  }
}

function statusOf(status: number | undefined): { readonly status?: number } {
  return status === undefined ? {} : { status };
}
