import { connect, isIP, type LookupFunction, type Socket, type TcpNetConnectOpts } from 'node:net';
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';

import type { TlsInfo } from '../contract/connection-info.ts';
import { SocketWire } from './socket-wire.ts';
import type { Wire } from './wire.ts';

/** Resolves a name, in the form that `net.connect` takes. */
export type Lookup = LookupFunction;

/** What TLS to speak: every option of `tls.connect` but those that say where to. */
export type TlsOptions = Omit<
  ConnectionOptions,
  'host' | 'port' | 'path' | 'socket' | 'lookup' | 'onread' | 'ALPNProtocols' | 'timeout' | 'session'
>;

/** Where to, and how. */
export interface OpenSocketOptions {
  readonly hostname: string;
  readonly port: number;
  readonly lookup: Lookup | undefined;
  /** TCP keep-alive probes start after so many milliseconds of silence; 0 for none. */
  readonly keepAliveMs: number;
  readonly tls: TlsOptions | undefined;
  readonly alpnProtocols: readonly string[];
}

/** Told of each step, in order; each start has its end. */
export interface OpenSocketSteps {
  dnsStart(hostname: string): void;
  dnsDone(addresses: readonly string[], error: unknown): void;
  connectStart(address: string, port: number): void;
  connectDone(address: string, port: number, error: unknown): void;
  tlsStart(servername: string): void;
  tlsDone(info: TlsInfo | undefined, error: unknown): void;
}

/** How an opening ends: `opened` or `failed`, once, unless it was given up. */
export interface OpenSocketOutcome {
  opened(wire: Wire): void;
  failed(error: Error): void;
}

/**
 * Opens a socket. @throws what `tls.connect` throws for options it cannot use. @returns a function that gives it up: the socket is destroyed and no outcome is reported.
 */
export function openSocket(options: OpenSocketOptions, steps: OpenSocketSteps, outcome: OpenSocketOutcome): () => void {
  const wire = new SocketWire();
  const started = start(options, steps, wire);
  const { socket } = started;
  followConnect(socket, options, steps);
  let isSettled = false;
  const settle = (report: () => void): void => {
    if (isSettled) return;
    isSettled = true;
    socket.removeListener('error', onError);
    socket.removeListener('close', onClose);
    report();
  };
  const fail = (error: Error): void =>
    settle(() => {
      discard(socket);
      outcome.failed(error);
    });
  const onError = (error: Error): void => fail(error);
  const onClose = (): void => fail(new Error('the connection was closed before it was set up'));
  const onOpen = (tls: TlsInfo | undefined): void =>
    settle(() => {
      wire.open(socket, tls);
      outcome.opened(wire);
    });
  socket.on('error', onError);
  socket.on('close', onClose);
  if (started.kind === 'plain') socket.once('connect', () => onOpen(undefined));
  else followTls(started.socket, options, steps, onOpen);
  return () => settle(() => discard(socket));
}

/** An error that is still under way has nobody to go to: the socket is given up. */
function discard(socket: Socket): void {
  socket.on('error', () => {});
  socket.destroy();
}

type Started = { readonly kind: 'plain'; readonly socket: Socket } | { readonly kind: 'tls'; readonly socket: TLSSocket };

function start(options: OpenSocketOptions, steps: OpenSocketSteps, wire: SocketWire): Started {
  const where = {
    host: options.hostname,
    port: options.port,
    noDelay: true,
    keepAlive: options.keepAliveMs > 0,
    keepAliveInitialDelay: options.keepAliveMs,
    lookup: tracedLookup(options.lookup ?? systemLookup, steps),
    onread: wire.onRead,
  } satisfies TcpNetConnectOpts;
  if (options.tls === undefined) return { kind: 'plain', socket: connect(where) };
  const socket = connectTls({
    ...definedOnly(options.tls),
    ...where,
    servername: servername(options),
    ALPNProtocols: [...options.alpnProtocols],
  });
  return { kind: 'tls', socket };
}

/** RFC 6066 §3: an address is not a server name. One that was given wins, as in Go. */
function servername(options: OpenSocketOptions): string {
  return options.tls?.servername ?? (isIP(options.hostname) === 0 ? options.hostname : '');
}

/** `{ rejectUnauthorized: undefined }` must not mean what `false` does (CVE-2021-22939). */
function definedOnly(tls: TlsOptions): TlsOptions {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
}

function tracedLookup(lookup: Lookup, steps: OpenSocketSteps): Lookup {
  return (hostname, options, callback) => {
    steps.dnsStart(hostname);
    const done: typeof callback = (error, address, family) => {
      steps.dnsDone(error === null ? addressesOf(address) : [], error);
      callback(error, address, family);
    };
    try {
      lookup(hostname, options, done);
    } catch (error) {
      // One that throws where it should call back has failed all the same.
      done(error instanceof Error ? error : new Error(String(error)), []);
    }
  };
}

function addressesOf(address: string | LookupAddress[]): string[] {
  return typeof address === 'string' ? [address] : address.map((one) => one.address);
}

/** One start and one end for each address that is tried. */
function followConnect(socket: Socket, options: OpenSocketOptions, steps: OpenSocketSteps): void {
  const open = new Set<string>();
  const begin = (address: string, port: number): void => {
    open.add(address);
    steps.connectStart(address, port);
  };
  const end = (address: string, port: number, error: unknown): void => {
    if (open.delete(address)) steps.connectDone(address, port, error);
  };
  socket.on('connectionAttempt', begin);
  socket.on('connectionAttemptFailed', (address, port, _family, error) => end(address, port, error));
  socket.on('connectionAttemptTimeout', (address, port) => end(address, port, new Error('the next address was tried')));
  socket.once('connect', () => end(socket.remoteAddress ?? '', options.port, undefined));
  socket.once('close', () => {
    for (const address of open) end(address, options.port, new Error('the attempt was given up'));
  });
}

function followTls(socket: TLSSocket, options: OpenSocketOptions, steps: OpenSocketSteps, onSecure: (info: TlsInfo) => void): void {
  let isOpen = false;
  const end = (info: TlsInfo | undefined, error: unknown): void => {
    if (!isOpen) return;
    isOpen = false;
    steps.tlsDone(info, error);
  };
  socket.once('connect', () => {
    isOpen = true;
    steps.tlsStart(servername(options));
  });
  socket.once('secureConnect', () => {
    const info = tlsInfo(socket);
    end(info, undefined);
    onSecure(info);
  });
  socket.once('error', (error) => end(undefined, error));
  socket.once('close', () => end(undefined, new Error('the connection was closed in the handshake')));
}

function tlsInfo(socket: TLSSocket): TlsInfo {
  return {
    protocol: socket.getProtocol() ?? undefined,
    cipher: socket.getCipher().standardName,
    alpnProtocol: typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : undefined,
    authorized: socket.authorized,
    resumed: socket.isSessionReused(),
  };
}
