import type { Connection } from '../contract/connection.ts';
import type { ConnectionInfo } from '../contract/connection-info.ts';
import type { Route } from '../contract/route.ts';
import { dial } from '../dial/dial.ts';
import type { DialOptions } from '../dial/dial-options.ts';
import { Http1Connection } from '../h1/connection.ts';
import type { Http1Options } from '../h1/http1-options.ts';
import type { Connect, ConnectOptions } from '../pool/pool.ts';

/** Connections are numbered through the process, so that events of several transports can be told apart. */
const lastId = { value: 0 };

/** Dials, and puts the protocol that was agreed on the wire. */
export function connector(dialOptions: DialOptions, http1: (route: Route) => Http1Options): Connect {
  return async (route: Route, { owner, trace, signal }: ConnectOptions): Promise<Connection> => {
    const forward = route.isForwarded ? { authorization: route.proxy?.credentials?.basic } : undefined;
    const options: Http1Options = { ...http1(route), forward };
    const wire = await dial(route, dialOptions, { trace, signal, limits: options.response });
    lastId.value += 1;
    const info: ConnectionInfo = {
      id: lastId.value,
      origin: route.origin.key,
      protocol: 'http/1.1',
      ...(route.proxy === undefined ? {} : { proxy: route.proxy.name }),
      ...wire.info,
    };
    return new Http1Connection(wire, info, options, { owner, listener: trace });
  };
}
