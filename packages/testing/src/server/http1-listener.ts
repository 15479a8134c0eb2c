import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';

import { Connections } from '../connections.ts';
import { testCertificate } from '../test-certificate.ts';
import type { Handler } from './handler.ts';
import { http1Exchange } from './http1-exchange.ts';
import type { Listener, ListenerHost } from './listener.ts';

/** A server of HTTP/1.1 on node:http or node:https, which closes no connection of its own accord. */
export function http1Listener(
  options: { readonly tls: ServerOptions | undefined; readonly handler: Handler },
  host: ListenerHost,
): Listener {
  const { tls, handler } = options;
  const server = tls === undefined ? createServer() : createTlsServer({ ...testCertificate, ...tls });
  // No limit of node:http's own may end a connection behind the test's back.
  server.keepAliveTimeout = 0;
  server.headersTimeout = 0;
  server.requestTimeout = 0;
  const connections = new Connections(server);
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const connection = connections.numberOf(request.socket);
    host.onExchange(http1Exchange({ request, response, connection, handle: () => handler(request, response) }));
  };
  server.on('request', onRequest);
  server.on('checkContinue', (request, response) => {
    if (!host.answersEarly()) response.writeContinue();
    onRequest(request, response);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A client that hangs up in the middle is no news; one that sends what is not HTTP is.
    if (isNotHttp(error)) host.onFailure(error);
    socket.destroy();
  });
  return { server, connections, closeIdleConnections: () => server.closeIdleConnections() };
}

/** Whether it is node:http's error for bytes that it cannot read as HTTP/1.1. */
export function isNotHttp(error: NodeJS.ErrnoException): boolean {
  return error.code?.startsWith('HPE_') === true && error.code !== 'HPE_INVALID_EOF_STATE';
}
