import { IncomingMessage, ServerResponse } from 'node:http';
import {
  createSecureServer,
  createServer,
  Http2ServerRequest,
  Http2ServerResponse,
  type Http2SecureServer,
  type Http2Server,
  type SecureServerOptions,
  type ServerOptions,
  type Settings,
} from 'node:http2';
import type { Socket } from 'node:net';

import { Connections } from '../connections.ts';
import { testCertificate } from '../test-certificate.ts';
import type { Handler, Http2Handler } from './handler.ts';
import { http1Exchange } from './http1-exchange.ts';
import { isNotHttp } from './http1-listener.ts';
import { http2Exchange } from './http2-exchange.ts';
import { Http2Sessions } from './http2-sessions.ts';
import type { Listener, ListenerHost } from './listener.ts';

/** How a server of HTTP/2 is begun. */
export interface Http2ListenerOptions {
  readonly tls: SecureServerOptions | undefined;
  readonly settings: Settings | undefined;
  readonly handler: Http2Handler;
  /** Answers what comes over HTTP/1.1, where ALPN may choose it. */
  readonly http1Handler: Handler | undefined;
}

/** A server of HTTP/2 on node:http2, over TLS or by prior knowledge; or one that leaves it to ALPN whether it speaks HTTP/1.1. It closes no connection of its own accord. */
export function http2Listener(options: Http2ListenerOptions, host: ListenerHost): Listener {
  const { handler, http1Handler } = options;
  const server = createHttp2Server(options);
  const connections = new Connections(server);
  const sessions = new Http2Sessions(server);
  const onRequest = (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse): void => {
    if (request instanceof Http2ServerRequest && response instanceof Http2ServerResponse) {
      host.onExchange(http2Exchange({ request, response, connections, sessions, handle: () => handler(request, response) }));
    } else if (http1Handler !== undefined && request instanceof IncomingMessage && response instanceof ServerResponse) {
      const connection = connections.numberOf(request.socket);
      host.onExchange(http1Exchange({ request, response, connection, handle: () => http1Handler(request, response) }));
    }
  };
  server.on('request', onRequest);
  server.on('checkContinue', (request: Http2ServerRequest, response: Http2ServerResponse) => {
    if (!host.answersEarly()) response.writeContinue();
    onRequest(request, response);
  });
  // node:http2 would answer 405.
  server.on('connect', (request: Http2ServerRequest, response: Http2ServerResponse) => onRequest(request, response));
  server.on('sessionError', (error: NodeJS.ErrnoException) => {
    // What nghttp2 takes exception to; not that the connection is gone, or what the client says of this server.
    if (error.code === 'ERR_HTTP2_ERROR') host.onFailure(error);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (isNotHttp(error)) host.onFailure(error);
    socket.destroy();
  });
  server.on('unknownProtocol', (socket: Socket) => {
    host.onFailure(new Error('the client did not ask for h2'));
    socket.destroy();
  });
  return { server, connections, closeIdleConnections: () => sessions.closeIdle() };
}

function createHttp2Server({ tls, settings, http1Handler }: Http2ListenerOptions): Http2Server | Http2SecureServer {
  // No limit of node:http2's own may end a connection behind the test's back.
  const limits: ServerOptions = {
    ...(settings === undefined ? {} : { settings }),
    maxHeaderListPairs: 2_000,
    maxSessionMemory: 1_000,
    streamResetBurst: 1_000_000,
    streamResetRate: 1_000_000,
  };
  if (tls === undefined) return createServer(limits);
  const server = createSecureServer({ ...testCertificate, ...limits, ...tls, allowHTTP1: http1Handler !== undefined });
  Reflect.set(server, 'keepAliveTimeout', 0);
  return server;
}
