import type { Connection, ConnectionOwner, ExchangeOutcome, Lease } from '../contract/connection.ts';
import type { ConnectionInfo } from '../contract/connection-info.ts';
import type { HttpRequest } from '../contract/http-request.ts';
import type { ResponseConnection } from '../contract/http-response-init.ts';
import { Line } from '../contract/line.ts';
import { emit, type CloseReason, type TraceListener } from '../contract/trace-event.ts';
import { asksToClose } from '../engine/asks-to-close.ts';
import type { Failure } from '../engine/exchange-failures.ts';
import type { Wire, WireReceiver } from '../wire/wire.ts';
import { Closing } from './closing.ts';
import type { Http2ErrorCode } from './error-code.ts';
import { Http2Exchange } from './exchange.ts';
import type { Glitch } from './glitch-budget.ts';
import type { Http2Options } from './http2-options.ts';
import { ConnectionError } from './http2-error.ts';
import { Inbound, type ConnectionFrames } from './inbound.ts';
import { Outbound, type DataRange } from './outbound.ts';
import { PingMonitor } from './ping-monitor.ts';
import { SendQueue } from './send-queue.ts';
import { initialPeerSettings, SETTING, withPeerSettings, type PeerSettings, type Setting } from './settings.ts';
import { SettingsTimer } from './settings-timer.ts';
import {
  brokenConnection,
  closedByUs,
  connectionEnded,
  goneAway,
  laterGoAway,
  lostForPing,
  notTaken,
  notWritten,
  settingsNotTaken,
  type GoAway,
  type StreamPosition,
} from './stream-failures.ts';
import type { StreamHost } from './stream-host.ts';
import { Streams } from './streams.ts';
import { UnsureResets } from './unsure-resets.ts';

/** What is a connection's own. What it has in common with others is {@link Http2Options}, one object for all of them. */
export interface ConnectionParties {
  readonly owner: ConnectionOwner;
  /** Hears of the connection's end where no request has used it. */
  readonly listener: TraceListener | undefined;
  readonly streamLimit: StreamLimit;
}

/** How many streams the peer takes at once. */
export interface StreamLimit {
  /** So many may be open before it has spoken. */
  readonly assumed: number;
  /** It has said so, which it may do again. */
  told(streams: number): void;
}

/** An HTTP/2 connection (RFC 9113): a wire that carries many exchanges at once. */
export class Http2Connection implements Connection, WireReceiver, StreamHost, ConnectionFrames {
  readonly isShared = true;
  readonly peerIdleTimeoutMs = undefined;
  readonly info: ConnectionInfo;
  readonly options: Http2Options;
  readonly queue: SendQueue;
  readonly #wire: Wire;
  readonly #owner: ConnectionOwner;
  readonly #streamLimit: StreamLimit;
  readonly #streams = new Streams();
  readonly #inbound: Inbound;
  readonly #outbound: Outbound;
  readonly #monitor: PingMonitor;
  readonly #settingsTimer: SettingsTimer;
  readonly #openedAtMs: number;
  /** Exchanges under way. */
  readonly #exchanges = new Line<Http2Exchange>();
  #peer: PeerSettings;
  /** Who waits for the peer's first SETTINGS. */
  readonly #unsettled: (() => void)[] = [];
  readonly #unsureResets = new UnsureResets();
  /** How often something came from the peer. */
  #reads = 0;
  #goAway: GoAway | undefined;
  /** Why it takes no exchange any more. */
  #drainReason: CloseReason | undefined;
  #closeReason: CloseReason | undefined;
  #exchangeCount = 0;
  #listener: TraceListener | undefined;
  /** What all responses but the first say of it. */
  #later: ResponseConnection | undefined;

  constructor(wire: Wire, info: ConnectionInfo, options: Http2Options, { owner, listener, streamLimit }: ConnectionParties) {
    this.#wire = wire;
    this.info = info;
    this.options = options;
    this.#owner = owner;
    this.#streamLimit = streamLimit;
    this.#peer = initialPeerSettings(streamLimit.assumed);
    this.#listener = listener;
    this.#openedAtMs = options.clock.monotonicMs();
    this.#outbound = new Outbound(wire, options, {
      onRoom: () => this.queue.sendAll(),
      onStall: () => this.#end('timeout', () => notWritten(options.writeTimeoutMs)),
    });
    this.queue = new SendQueue(() => this.#outbound.outbox.hasRoom);
    this.#inbound = new Inbound(this, this.#streams, options);
    this.#monitor = new PingMonitor(options, {
      sendPing: () => this.#outbound.ping(),
      onLost: () => this.#end('ping-timeout', (position) => lostForPing(options.pingTimeoutMs, position)),
    });
    this.#settingsTimer = new SettingsTimer(options, () => this.#break(settingsNotTaken(options.settingsTimeoutMs)));
    wire.attach(this);
    this.#outbound.preface(options);
  }

  get capacity(): number {
    if (this.isDraining) return 0;
    const free = this.#peer.maxConcurrentStreams - this.#exchanges.size - this.#unsureResets.count;
    return Math.max(0, Math.min(free, this.#streams.idsLeft));
  }

  get isDraining(): boolean {
    return this.#drainReason !== undefined || this.#closeReason !== undefined;
  }

  /** RFC 9113 §10.5 has whoever is asked too much end the connection. RST_STREAM with the same code is about one exchange (§5.4.2): we send it ourselves for a head that is too large. */
  get asksForCalm(): boolean {
    return this.#goAway?.code === 'ENHANCE_YOUR_CALM';
  }

  /** RFC 9113 §6.8, §8.7 and §6.5.2 have the ways to say so. */
  get turnsAway(): boolean {
    if (this.#inbound.messageFrames > 0) return false;
    const leavesSome = this.#goAway !== undefined && this.#goAway.lastStreamId < this.#streams.lastId;
    return leavesSome || this.#inbound.hasRefused || this.#peer.maxConcurrentStreams === 0;
  }

  get canOpen(): boolean {
    return this.#closeReason === undefined && this.#goAway === undefined && this.#streams.idsLeft > 0;
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  get closeReason(): CloseReason | undefined {
    return this.#closeReason;
  }

  get peer(): PeerSettings {
    return this.#peer;
  }

  infoFor({ isReused }: Lease): ResponseConnection {
    return isReused ? (this.#later ??= { ...this.info, reused: true }) : { ...this.info, reused: false };
  }

  whenSettled(callback: () => void): void {
    if (this.#peer.isKnown) callback();
    else this.#unsettled.push(callback);
  }

  exchange(request: HttpRequest, lease: Lease, outcome: ExchangeOutcome): void {
    const exchange = new Http2Exchange(this, request, lease, outcome);
    this.#exchanges.add(exchange);
    this.#exchangeCount += 1;
    this.#listener = request.trace;
    if (this.#exchanges.size === 1) this.#monitor.watch();
    // Go: such a request has its connection for itself, from here on.
    if (this.options.isKeepAliveDisabled) this.#drain('keep-alives-disabled', exchange);
    else if (asksToClose(request)) this.#drain('request-close', exchange);
    exchange.start();
  }

  open(exchange: Http2Exchange, fields: readonly string[], isEndStream: boolean): void {
    const streamId = this.#streams.open(exchange);
    exchange.onOpened(streamId, isEndStream, this.#reads);
    this.#inbound.openedStream();
    this.#outbound.headers(streamId, fields, { isEndStream, maxFrameBytes: this.#peer.maxFrameBytes });
    if (this.#streams.idsLeft === 0) this.#drain('streams-exhausted');
  }

  writeData(streamId: number, bytes: Uint8Array, range: DataRange): void {
    this.#inbound.sentData(range.end - range.start);
    this.#outbound.data(streamId, bytes, range);
  }

  writeTrailers(streamId: number, fields: readonly string[]): void {
    this.#outbound.headers(streamId, fields, { isEndStream: true, maxFrameBytes: this.#peer.maxFrameBytes });
  }

  reset(exchange: Http2Exchange, code: Http2ErrorCode): void {
    // Who is told of the end of one exchange may cancel the others.
    if (this.#closeReason !== undefined) return;
    this.#outbound.reset(exchange.streamId, code);
    this.#inbound.sentReset();
    if (code !== 'CANCEL' || exchange.readsBefore !== this.#reads) return;
    if (this.#unsureResets.add(this.#inbound.messageFrames)) this.#monitor.ask();
  }

  resetLate(streamId: number, code: Http2ErrorCode): void {
    this.#streams.remember(streamId);
    this.#outbound.reset(streamId, code);
  }

  updateWindow(streamId: number, increment: number): void {
    this.#outbound.windowUpdate(streamId, increment);
  }

  giveBack(exchange: Http2Exchange, bytes: number): void {
    if (this.#closeReason !== undefined) return;
    this.#inbound.giveBack(bytes);
    const update = exchange.giveBack(bytes);
    if (update > 0) this.updateWindow(exchange.streamId, update);
  }

  finish(exchange: Http2Exchange): void {
    this.#streams.close(exchange);
    this.#exchanges.delete(exchange);
    if (this.#exchanges.size === 0) this.#rest();
    exchange.lease.release();
  }

  /** No exchange is under way. */
  #rest(): void {
    this.#monitor.rest();
    if (this.#drainReason !== undefined) this.close(this.#drainReason);
  }

  setActive(isActive: boolean): void {
    this.#wire.setActive(isActive);
  }

  /** What is under way fails. The peer is told that no more will come. */
  close(reason: CloseReason): void {
    this.#end(reason, () => closedByUs(reason), 'NO_ERROR');
  }

  onData(buffer: Buffer, length: number): void {
    this.#reads += 1;
    this.#monitor.heard();
    try {
      this.#inbound.feed(buffer, length);
      this.#outbound.outbox.checkAnswers();
    } catch (error) {
      // Nothing may leave a socket's callback: it would end the process.
      if (error instanceof ConnectionError) this.#break(error);
      else this.#end('response-limit', () => notTaken(error), 'INTERNAL_ERROR');
    }
  }

  onDrain(): void {
    this.#outbound.outbox.onDrain();
  }

  onEnd(): void {
    this.#onWireEnd(undefined);
  }

  onClose(error: Error | undefined): void {
    this.#onWireEnd(error);
  }

  #onWireEnd(error: Error | undefined): void {
    const goAway = this.#goAway;
    const whenIdle = goAway === undefined ? 'server-closed-idle' : 'server-goaway';
    this.#end(this.#exchanges.size === 0 ? whenIdle : 'connection-lost', (position) => connectionEnded(position, error, goAway));
  }

  onSettings(settings: readonly Setting[]): void {
    const before = this.#peer;
    const capacity = this.capacity;
    this.#peer = withPeerSettings(before, settings);
    this.#streamLimit.told(this.#peer.maxConcurrentStreams);
    this.#outbound.settingsAck();
    // One after the other: what does not fit for a moment is gone from the peer's table.
    for (const { id, value } of settings) if (id === SETTING.HEADER_TABLE_SIZE) this.#outbound.encoder.setPeerTableBytes(value);
    const grown = this.#peer.initialWindowBytes - before.initialWindowBytes;
    if (grown !== 0) this.#growAll(grown);
    for (const callback of this.#unsettled.splice(0)) callback();
    // None left and none at all are the same capacity.
    if (this.capacity !== capacity || this.turnsAway) this.#owner.onChange(this);
  }

  /** RFC 9113 §6.9.2. */
  #growAll(bytes: number): void {
    for (const exchange of this.#streams.all()) {
      if (!exchange.sender.grow(bytes)) {
        throw new ConnectionError('FLOW_CONTROL_ERROR', 'the peer makes the window of a stream larger than 2^31-1 by its SETTINGS');
      }
    }
  }

  onSettingsAck(): void {
    if (!this.#settingsTimer.acknowledged()) throw new ConnectionError('PROTOCOL_ERROR', 'SETTINGS acknowledged that were not sent');
  }

  onPing(high: number, low: number): void {
    this.#outbound.pingAck(high, low);
  }

  onPingAck(): boolean {
    if (!this.#monitor.answered()) return false;
    if (this.#unsureResets.answered(this.#inbound.messageFrames) && this.capacity > 0) this.#owner.onChange(this);
    return true;
  }

  onGlitch(glitch: Glitch): void {
    if (this.#listener !== undefined) emit(this.#listener, { kind: 'gotGlitch', connection: this.info, glitch });
  }

  onFull(unreadBytes: number): void {
    for (const { request } of this.#streams.all()) {
      if (request.trace !== undefined) emit(request.trace, { kind: 'receiveBufferFull', connection: this.info, unreadBytes });
    }
  }

  onWindowUpdate(increment: number): boolean {
    if (!this.queue.window.grow(increment)) return false;
    this.queue.sendAll();
    return true;
  }

  /** RFC 9113 §6.8: what the peer has not looked at is sent elsewhere, what it has goes on. */
  onGoAway(lastStreamId: number, code: Http2ErrorCode, debugText: string): void {
    const before = this.#goAway;
    if (before !== undefined && lastStreamId > before.lastStreamId) {
      throw new ConnectionError('PROTOCOL_ERROR', 'a GOAWAY that takes back what another one has said');
    }
    this.#goAway = before === undefined ? { lastStreamId, code, debugText } : laterGoAway(before, { lastStreamId, code, debugText });
    this.#exchanges.forEach(({ request }) => {
      if (request.trace !== undefined) emit(request.trace, { kind: 'gotGoAway', connection: this.info, lastStreamId, code });
    });
    const goAway = this.#goAway;
    // First of all: what fails now is sent again at once, and not on this connection.
    if (this.isDraining && (this.asksForCalm || this.turnsAway)) this.#owner.onChange(this);
    this.#drain('server-goaway');
    this.#exchanges.forEach((exchange) => {
      // What waits its turn has no stream yet, and will have none here.
      if (exchange.streamId !== 0 && exchange.streamId <= lastStreamId) return;
      exchange.onClosed((position) => goneAway(exchange.streamId, goAway, position));
    });
  }

  onDistrust(): void {
    this.#drain('doubtful-framing');
  }

  onMisdirected(): void {
    this.#drain('misdirected');
  }

  /** It takes no more. @param user Whose exchange goes on, with those that are under way. */
  #drain(reason: CloseReason, user?: Http2Exchange): void {
    if (this.isDraining) return;
    this.#drainReason = reason;
    if (user === undefined && this.#exchanges.size === 0) this.close(reason);
    else this.#owner.onChange(this);
  }

  /** The peer broke the protocol, or asks too much. */
  #break(error: ConnectionError): void {
    const failure = brokenConnection(error);
    this.#end(failure.closeReason, () => failure, error.code);
  }

  /** @param code What the peer is told; nothing where it could not hear it. */
  #end(reason: CloseReason, failureOf: (position: StreamPosition) => Failure, code?: Http2ErrorCode): void {
    if (this.#closeReason !== undefined) return;
    this.#closeReason = reason;
    this.#inbound.stop();
    this.#monitor.stop();
    this.#settingsTimer.stop();
    this.#farewell(code);
    this.#outbound.outbox.stop();
    if (this.#exchanges.size === 0) this.#owner.onChange(this);
    // What one is told may end others.
    this.#exchanges.forEach((exchange) => exchange.onClosed(failureOf));
  }

  tellClosed(): void {
    const reason = this.#closeReason;
    if (this.#listener === undefined || reason === undefined) return;
    const lifetimeMs = this.options.clock.monotonicMs() - this.#openedAtMs;
    emit(this.#listener, { kind: 'connClosed', connection: this.info, reason, exchanges: this.#exchangeCount, lifetimeMs });
  }

  #farewell(code: Http2ErrorCode | undefined): void {
    if (code !== undefined) this.#outbound.goAway(code);
    if (code === undefined || code === 'NO_ERROR') this.#wire.destroy();
    // To close a socket with bytes unread would reset it, and the peer would not learn why.
    else this.#wire.attach(new Closing(this.#wire, this.options.clock));
  }
}
