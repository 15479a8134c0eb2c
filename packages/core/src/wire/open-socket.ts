import { connect, isIP, type Socket, type TcpNetConnectOpts } from 'node:net';
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { connect as connectTls, type TLSSocket } from 'node:tls';

import { allowedAddresses, type AllowAddress } from './address-guard.ts';
import { asError } from './as-error.ts';
import { checkedLookup, type Lookup } from './checked-lookup.ts';
import { Opening, type OpeningOutcome } from './opening.ts';
import { OpeningSteps, type OpenSocketSteps } from './opening-steps.ts';
import { SocketWire, type OnRead } from './socket-wire.ts';
import { tlsInfo, type TlsClient, type TlsPeer } from './tls-client.ts';
import { localSocketInfo, socketInfo } from './wire-info.ts';

/** Where to, and how. */
export interface OpenSocketOptions {
  readonly hostname: string;
  readonly port: number;
  /** Of a Unix domain socket, in place of an address: the name is not resolved then. */
  readonly socketPath: string | undefined;
  readonly localAddress: string | undefined;
  readonly lookup: Lookup | undefined;
  readonly allowAddress: AllowAddress | undefined;
  /** TCP keep-alive probes start after so many milliseconds of silence; 0 for none. */
  readonly keepAliveMs: number;
  readonly tls: TlsClient | undefined;
  readonly alpnProtocols: readonly string[];
}

/** RFC 8305 §8: for how long an address is tried before the next one. */
const ATTEMPT_MS = 250;

/**
 * Opens a socket. Nothing is reported within the call. @throws what `tls.connect` throws for options it cannot use.
 * @returns a function that gives it up: the socket is destroyed, the step under way ends and no outcome is reported.
 */
export function openSocket(options: OpenSocketOptions, listener: OpenSocketSteps, outcome: OpeningOutcome): () => void {
  const steps = new OpeningSteps(listener);
  const refusal = refusalOf(options);
  if (refusal !== undefined) return failSoon(refusal, outcome);
  const wire = new SocketWire();
  const { socketPath } = options;
  // Node tells of attempts to connect to addresses only.
  if (socketPath !== undefined) process.nextTick(() => steps.connect(socketPath, 0));
  const started = start(options, steps, wire.onRead);
  const opening = new Opening(started.socket, steps, {
    opened: (open) => outcome.opened(open),
    failed: (error) => {
      options.tls?.dropSession(options);
      outcome.failed(error);
    },
  });
  followConnect(started.socket, steps);
  const onOpen = (tls: TLSSocket | undefined): void => {
    const agreed = tls === undefined ? undefined : tlsInfo(tls);
    if (agreed !== undefined) steps.secured(agreed);
    opening.opened(() => {
      wire.open(started.socket, socketPath === undefined ? socketInfo(started.socket, agreed) : localSocketInfo(socketPath, agreed), true);
      return wire;
    });
  };
  if (started.kind === 'plain') started.socket.once('connect', () => onOpen(undefined));
  else followTls(started.socket, { ...options, tls: started.tls }, { steps, onOpen });
  return () => opening.giveUp();
}

/** An address needs no lookup, in which names are seen to. */
function refusalOf({ hostname, port, socketPath, allowAddress }: OpenSocketOptions): Error | undefined {
  const family = isIP(hostname);
  if (allowAddress === undefined || socketPath !== undefined || family === 0) return undefined;
  try {
    allowedAddresses([{ address: hostname, family }], allowAddress, { hostname, port });
  } catch (error) {
    return asError(error);
  }
  return undefined;
}

function failSoon(error: Error, outcome: OpeningOutcome): () => void {
  let isOver = false;
  process.nextTick(() => {
    if (!isOver) outcome.failed(error);
  });
  return () => {
    isOver = true;
  };
}

type Started =
  | { readonly kind: 'plain'; readonly socket: Socket }
  | { readonly kind: 'tls'; readonly socket: TLSSocket; readonly tls: TlsClient };

function start(options: OpenSocketOptions, steps: OpeningSteps, onread: OnRead): Started {
  const { socketPath, tls } = options;
  const where = { ...NOT_INHERITED, ...(socketPath === undefined ? tcp(options, steps) : { path: socketPath }), onread };
  if (tls === undefined) return { kind: 'plain', socket: connect(where) };
  return { kind: 'tls', tls, socket: connectTls({ ...NOT_INHERITED, ...tls.connectOptions(options), ...where }) };
}

/**
 * A polluted Object.prototype must not send requests to a socket of its own: what Node reads of options that are not given is said to be absent. An object
 * without a prototype does not help, since Node copies it.
 */
const NOT_INHERITED = {
  path: undefined,
  socket: undefined,
  fd: undefined,
  signal: undefined,
  timeout: undefined,
  localAddress: undefined,
  localPort: undefined,
  family: undefined,
  hints: undefined,
  blockList: undefined,
  allowHalfOpen: undefined,
} as const;

/** Node tries one address after the other, the families taking turns (RFC 8305 §4). */
function tcp(options: OpenSocketOptions, steps: OpeningSteps): TcpNetConnectOpts {
  const { hostname, port, allowAddress, localAddress, keepAliveMs } = options;
  return {
    host: hostname,
    port,
    noDelay: true,
    keepAlive: keepAliveMs > 0,
    keepAliveInitialDelay: keepAliveMs,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ATTEMPT_MS,
    ...(localAddress === undefined ? {} : { localAddress, family: isIP(localAddress) }),
    lookup: checkedLookup(options.lookup ?? systemLookup, steps, (addresses) => {
      const reachable = localAddress === undefined ? [...addresses] : reachableFrom(localAddress, addresses);
      return allowAddress === undefined ? reachable : allowedAddresses(reachable, allowAddress, { hostname, port });
    }),
  };
}

/** From an address only those of its family can be reached, and not every lookup knows that. */
function reachableFrom(localAddress: string, addresses: readonly LookupAddress[]): LookupAddress[] {
  const family = isIP(localAddress);
  const reachable = addresses.filter((one) => one.family === family);
  if (reachable.length === 0) throw new Error(`the name has no address of the family of ${localAddress}`);
  return reachable;
}

/** Until it is connected: an idle connection need not hold what its dial held. */
function followConnect(socket: Socket, steps: OpeningSteps): void {
  const onAttempt = (address: string, port: number): void => steps.connect(address, port);
  const onFailed = (_address: string, _port: number, _family: number, error: Error): void => steps.fail(error);
  const onTimeout = (): void => steps.fail(new Error('the next address was tried'));
  socket.on('connectionAttempt', onAttempt);
  socket.on('connectionAttemptFailed', onFailed);
  socket.on('connectionAttemptTimeout', onTimeout);
  socket.once('connect', () => {
    socket.off('connectionAttempt', onAttempt).off('connectionAttemptFailed', onFailed).off('connectionAttemptTimeout', onTimeout);
    steps.connected();
  });
}

interface Follower {
  readonly steps: OpeningSteps;
  readonly onOpen: (socket: TLSSocket) => void;
}

function followTls(socket: TLSSocket, { tls, ...peer }: TlsPeer & { readonly tls: TlsClient }, { steps, onOpen }: Follower): void {
  tls.keepSessions(socket, peer);
  socket.once('connect', () => steps.secure(tls.servername(peer.hostname)));
  socket.once('secureConnect', () => onOpen(socket));
}
