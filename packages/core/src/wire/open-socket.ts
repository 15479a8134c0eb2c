import { connect, isIP, type Socket, type TcpNetConnectOpts } from 'node:net';
import { lookup as systemLookup } from 'node:dns';
import { checkServerIdentity, connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';

import type { TlsInfo } from '../contract/connection-info.ts';
import { asError, checkedLookup, type Lookup } from './checked-lookup.ts';
import { OpeningSteps, type OpenSocketSteps } from './opening-steps.ts';
import { SocketWire } from './socket-wire.ts';
import type { Wire } from './wire.ts';

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

/** How an opening ends: `opened` or `failed`, once, unless it was given up. */
export interface OpenSocketOutcome {
  opened(wire: Wire): void;
  failed(error: Error): void;
}

/**
 * Opens a socket. Nothing is reported within the call. @throws what `tls.connect` throws for options it cannot use.
 * @returns a function that gives it up: the socket is destroyed, the step under way ends and no outcome is reported.
 */
export function openSocket(options: OpenSocketOptions, listener: OpenSocketSteps, outcome: OpenSocketOutcome): () => void {
  const wire = new SocketWire();
  const steps = new OpeningSteps(listener);
  const started = start(options, steps, wire);
  const { socket } = started;
  let isSettled = false;
  const settle = (report: () => void): void => {
    if (isSettled) return;
    isSettled = true;
    socket.removeListener('error', fail);
    socket.removeListener('close', onClose);
    report();
  };
  const giveUp = (error: Error, report: () => void): void =>
    settle(() => {
      discard(socket);
      steps.end(error);
      report();
    });
  const fail = (error: Error): void => giveUp(error, () => outcome.failed(error));
  const onClose = (): void => fail(new Error('the connection was closed before it was set up'));
  const onOpen = (tls: TlsInfo | undefined): void =>
    settle(() => {
      wire.open(socket, tls);
      outcome.opened(wire);
    });
  socket.on('error', fail);
  socket.on('close', onClose);
  followConnect(socket, steps);
  if (started.kind === 'plain') socket.once('connect', () => onOpen(undefined));
  else followTls(started.socket, options, steps, onOpen);
  return () => giveUp(new Error('it was given up'), () => {});
}

/**
 * An error that is still under way has nobody to go to: the socket is given up. Not within the call, which may come from a listener: having told of a
 * connection attempt, Node goes on with the socket whatever became of it.
 */
function discard(socket: Socket): void {
  socket.on('error', () => {});
  process.nextTick(() => socket.destroy());
}

type Started = { readonly kind: 'plain'; readonly socket: Socket } | { readonly kind: 'tls'; readonly socket: TLSSocket };

function start(options: OpenSocketOptions, steps: OpeningSteps, wire: SocketWire): Started {
  const where = {
    host: options.hostname,
    port: options.port,
    noDelay: true,
    keepAlive: options.keepAliveMs > 0,
    keepAliveInitialDelay: options.keepAliveMs,
    lookup: checkedLookup(options.lookup ?? systemLookup, steps),
    onread: wire.onRead,
  } satisfies TcpNetConnectOpts;
  // A polluted Object.prototype must not send requests to a socket of its own.
  Object.setPrototypeOf(where, null);
  if (options.tls === undefined) return { kind: 'plain', socket: connect(where) };
  const socket = connectTls({
    ...definedOnly(options.tls),
    ...where,
    checkServerIdentity: guarded(options.tls.checkServerIdentity ?? checkServerIdentity),
    servername: servername(options),
    ALPNProtocols: [...options.alpnProtocols],
  });
  return { kind: 'tls', socket };
}

/** RFC 6066 §3: an address is not a server name, and a name has no dot at its end. One that was given wins, as in Go. */
function servername(options: OpenSocketOptions): string {
  return options.tls?.servername ?? (isIP(options.hostname) === 0 ? options.hostname.replace(/\.$/, '') : '');
}

type IdentityCheck = NonNullable<ConnectionOptions['checkServerIdentity']>;

/** One that throws has refused the peer; out of Node's callback it would end the process. */
function guarded(check: IdentityCheck): IdentityCheck {
  return (hostname, certificate) => {
    try {
      return check(hostname, certificate);
    } catch (error) {
      return asError(error);
    }
  };
}

/** `{ rejectUnauthorized: undefined }` must not mean what `false` does (CVE-2021-22939). */
function definedOnly(tls: TlsOptions): TlsOptions {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
}

/** Node tries one address after the other. */
function followConnect(socket: Socket, steps: OpeningSteps): void {
  socket.on('connectionAttempt', (address, port) => steps.connect(address, port));
  socket.on('connectionAttemptFailed', (_address, _port, _family, error) => steps.fail(error));
  socket.on('connectionAttemptTimeout', () => steps.fail(new Error('the next address was tried')));
  socket.once('connect', () => steps.connected());
}

function followTls(socket: TLSSocket, options: OpenSocketOptions, steps: OpeningSteps, onSecure: (info: TlsInfo) => void): void {
  socket.once('connect', () => steps.secure(servername(options)));
  socket.once('secureConnect', () => {
    const info = tlsInfo(socket);
    steps.secured(info);
    onSecure(info);
  });
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
