import type { Connection } from '../contract/connection.ts';
import type { ConnectionInfo } from '../contract/connection-info.ts';
import { RoundTripError } from '../contract/round-trip-error.ts';
import type { Route } from '../contract/route.ts';
import { dial } from '../dial/dial.ts';
import type { DialOptions } from '../dial/dial-options.ts';
import { Http1Connection } from '../h1/connection.ts';
import { Http2Connection } from '../h2/connection.ts';
import type { Http2Options } from '../h2/http2-options.ts';
import type { Connect, ConnectOptions } from '../pool/connect.ts';
import { afterPoll } from '../wire/after-poll.ts';
import { chooseProtocol, offeredProtocols } from './choose-protocol.ts';
import { http1Options } from './exchange-options.ts';
import { http2Options } from './protocol-options.ts';
import { StreamLimits } from './stream-limits.ts';
import type { ResolvedOptions } from './transport-options.ts';

/** Connections are numbered through the process, so that events of several transports can be told apart. */
const lastId = { value: 0 };

/** Dials, and puts the protocol that was agreed on the wire. @param optionsOf As they stand for a route. */
export function connector(dialOptions: DialOptions, optionsOf: (route: Route) => ResolvedOptions): Connect {
  const streamLimits = new StreamLimits();
  const http2OptionsOf = sharedHttp2Options();
  return async (route: Route, { owner, trace, signal }: ConnectOptions): Promise<Connection> => {
    const options = optionsOf(route);
    const forward = route.isForwarded ? { authorization: route.proxy?.credentials?.basic } : undefined;
    const http1 = { ...http1Options(options, afterPoll), forward };
    const alpnProtocols = offeredProtocols(route, options.protocols);
    const wire = await dial(route, dialOptions, { trace, signal, alpnProtocols, limits: http1.response });
    const chosen = wire.info.tls?.alpnProtocol;
    const protocol = chooseProtocol(route, chosen, options.protocols);
    if (protocol === undefined) {
      wire.destroy();
      throw notEnabled(route, chosen);
    }
    lastId.value += 1;
    const info: ConnectionInfo = {
      id: lastId.value,
      origin: route.origin.key,
      protocol,
      ...(route.proxy === undefined ? {} : { proxy: route.proxy.name }),
      ...wire.info,
    };
    if (protocol === 'http/1.1') return new Http1Connection(wire, info, http1, { owner, listener: trace });
    const streamLimit = {
      assumed: streamLimits.assumedFor(route.key),
      told: (streams: number): void => streamLimits.learn(route.key, streams),
    };
    return new Http2Connection(wire, info, http2OptionsOf(options, info), { owner, listener: trace, streamLimit });
  };
}

/** Made once for each set of a caller's options, with TLS and without: a copy for each connection took 300 bytes of an idle one. */
function sharedHttp2Options(): (options: ResolvedOptions, info: ConnectionInfo) => Http2Options {
  const plain = new Map<ResolvedOptions, Http2Options>();
  const secure = new Map<ResolvedOptions, Http2Options>();
  return (options, { tls }) => {
    const made = tls === undefined ? plain : secure;
    const known = made.get(options);
    if (known !== undefined) return known;
    const all = http2Options(options, { afterPoll, atTurnEnd: tls === undefined ? atTickEnd : atImmediate, atTickEnd });
    made.set(options, all);
    return all;
  };
}

/** Over TLS each record is a callback of its own, which ends with what was put off till its end: 20 % more CPU time than to wait for all that a poll brings. */
function atImmediate(callback: () => void): void {
  setImmediate(callback);
}

function atTickEnd(callback: () => void): void {
  process.nextTick(callback);
}

function notEnabled({ origin }: Route, chosen: string | undefined): RoundTripError {
  const what = chosen === undefined ? 'the server has chosen no protocol' : 'the server has chosen another protocol';
  const init = { code: 'tls-failed', phase: 'tls', sent: 'nothing', origin: origin.key } as const;
  return new RoundTripError(`${origin.key}: ${what} than those that are enabled (protocols)`, init);
}
