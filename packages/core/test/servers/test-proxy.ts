import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { testCertificate } from '@roundtripper/testing';

import { listen } from './listen.ts';

/** What a {@link TestProxy} was asked. */
export interface ProxiedRequest {
  readonly method: string;
  /** The request target as it was sent. */
  readonly target: string;
  readonly host: string | undefined;
  readonly authorization: string | undefined;
  readonly headers: IncomingMessage['headers'];
}

/** How to start a {@link TestProxy}. */
export interface TestProxyOptions {
  /** Whether it speaks TLS, with the certificate of the tests. */
  readonly tls?: boolean;
  /** The one value of `Proxy-Authorization` that it lets pass; 407 otherwise. */
  readonly authorization?: string;
}

/** An HTTP proxy on node:http: it passes requests on and opens tunnels, all of them to 127.0.0.1, whatever name they are for. */
export class TestProxy implements AsyncDisposable {
  readonly port: number;
  /** Like `127.0.0.1:40123`. */
  readonly host: string;
  readonly requests: ProxiedRequest[] = [];
  /** The first byte that went through each tunnel to the origin. */
  readonly firstBytes: number[] = [];
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  readonly #authorization: string | undefined;

  private constructor(server: Server, port: number, options: TestProxyOptions) {
    this.#server = server;
    this.port = port;
    this.host = `127.0.0.1:${port}`;
    this.#authorization = options.authorization;
    server.keepAliveTimeout = 0;
    server.on(options.tls === true ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.connections += 1;
      this.#keep(socket);
    });
    server.on('request', (request, response) => this.#forward(request, response));
    server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => void this.#tunnel(request, socket, head));
  }

  static async start(options: TestProxyOptions = {}): Promise<TestProxy> {
    const server = options.tls === true ? createTlsServer({ ...testCertificate }) : createServer();
    return new TestProxy(server, await listen(server), options);
  }

  /** How many connections there are. */
  get openConnections(): number {
    return this.#sockets.size;
  }

  /** Closes the connections that there are, from its side. */
  closeConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.closeConnections();
    await closed;
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #record(request: IncomingMessage): boolean {
    const { method = '', url: target = '', headers } = request;
    const authorization = headers['proxy-authorization'];
    this.requests.push({ method, target, host: headers.host, authorization, headers });
    return this.#authorization === undefined || authorization === this.#authorization;
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#record(request)) {
      response.writeHead(407, { 'Proxy-Authenticate': 'Basic realm="test"' }).end();
      return;
    }
    const url = new URL(request.url ?? '');
    const { 'proxy-authorization': _secret, ...headers } = request.headers;
    const onward = forward({
      host: '127.0.0.1',
      port: url.port,
      path: `${url.pathname}${url.search}`,
      method: request.method,
      headers,
      agent: false,
    });
    onward.on('socket', (socket) => this.#keep(socket));
    onward.on('error', () => response.writeHead(502).end());
    onward.on('response', (answer) => {
      const { 'connection': _hop, 'keep-alive': _hint, ...kept } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, kept);
      answer.pipe(response);
    });
    request.pipe(onward);
  }

  async #tunnel(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (!this.#record(request)) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const onward = connect(Number(/:(\d+)$/.exec(request.url ?? '')?.[1]), '127.0.0.1');
    this.#keep(onward);
    onward.once('close', () => socket.destroy());
    socket.once('close', () => onward.destroy());
    try {
      await once(onward, 'connect');
    } catch {
      socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    if (head.length > 0) throw new Error('the client spoke before the tunnel was open');
    socket.once('data', (chunk: Buffer) => this.firstBytes.push(chunk[0] ?? -1));
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    socket.pipe(onward);
    onward.pipe(socket);
  }
}
