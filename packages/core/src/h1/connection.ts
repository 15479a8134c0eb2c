import type { Connection, ConnectionOwner, ExchangeOutcome, Lease } from '../contract/connection.ts';
import type { ConnectionInfo } from '../contract/connection-info.ts';
import type { HttpHeaders } from '../contract/http-headers.ts';
import type { HttpRequest } from '../contract/http-request.ts';
import type { ResponseConnection } from '../contract/http-response-init.ts';
import { RoundTripError } from '../contract/round-trip-error.ts';
import { emit, type CloseReason, type TraceListener } from '../contract/trace-event.ts';
import { duplexOver, type WireDuplex } from '../wire/duplex-over.ts';
import type { Wire, WireReceiver } from '../wire/wire.ts';
import type { ExchangeHost } from './exchange-host.ts';
import { Http1Exchange } from './exchange.ts';
import type { Http1Options } from './http1-options.ts';
import { ProtocolError } from './protocol-error.ts';
import { asksForUpgrade } from './request-head.ts';
import { ResponseReader, type ResponseHead, type ResponseReceiver } from './response-reader.ts';

/** An HTTP/1.1 connection (RFC 9112 §9): a wire that carries one exchange at a time. */
export class Http1Connection implements Connection, WireReceiver, ExchangeHost, ResponseReceiver {
  readonly info: ConnectionInfo;
  readonly wire: Wire;
  readonly options: Http1Options;
  readonly #owner: ConnectionOwner;
  readonly #reader: ResponseReader;
  readonly #first: ResponseConnection;
  readonly #later: ResponseConnection;
  readonly #openedAtMs: number;
  #current: Http1Exchange | undefined;
  #closeReason: CloseReason | undefined;
  #exchanges = 0;
  #listener: TraceListener | undefined;
  #peerIdleTimeoutMs: number | undefined;
  #handedOver: WireDuplex | undefined;

  /** @param listener Hears of the connection's end where no request has used it. */
  constructor(
    wire: Wire,
    info: ConnectionInfo,
    options: Http1Options,
    { owner, listener }: { readonly owner: ConnectionOwner; readonly listener: TraceListener | undefined },
  ) {
    this.wire = wire;
    this.info = info;
    this.#owner = owner;
    this.#listener = listener;
    this.options = options;
    this.#reader = new ResponseReader(this, options.response);
    this.#first = { ...info, reused: false };
    this.#later = { ...info, reused: true };
    this.#openedAtMs = options.clock.monotonicMs();
    wire.attach(this);
  }

  get isShared(): boolean {
    return false;
  }

  get asksForCalm(): boolean {
    return false;
  }

  /** A request that is answered by its connection's end alone may have been looked at. */
  get turnsAway(): boolean {
    return false;
  }

  get isDraining(): boolean {
    return false;
  }

  get capacity(): number {
    return this.#current === undefined && this.#closeReason === undefined ? 1 : 0;
  }

  get closeReason(): CloseReason | undefined {
    return this.#closeReason;
  }

  get peerIdleTimeoutMs(): number | undefined {
    return this.#peerIdleTimeoutMs;
  }

  exchange(request: HttpRequest, lease: Lease, outcome: ExchangeOutcome): void {
    if (request.protocol !== undefined) {
      lease.release(false);
      outcome.failed(protocolNotSupported(request, this.info));
      return;
    }
    const exchange = new Http1Exchange(this, request, lease, outcome);
    this.#current = exchange;
    this.#exchanges += 1;
    this.#listener = request.trace;
    exchange.start();
  }

  infoFor({ isReused }: Lease): ResponseConnection {
    return isReused ? this.#later : this.#first;
  }

  beginResponse(request: HttpRequest): void {
    this.#reader.begin(request.method, asksForUpgrade(request));
  }

  close(reason: CloseReason): void {
    if (this.#closeReason === undefined) this.wire.destroy();
    this.#end(reason);
  }

  /** The exchange under way comes here again, once it has told its listener of its end: the lease is given back then, and its caller told after that, who finds the pool in order. */
  #end(reason: CloseReason): void {
    if (this.#closeReason === undefined) {
      this.#closeReason = reason;
      if (this.#current === undefined) this.#owner.onChange(this);
      else this.#current.onClosed(reason);
    }
    this.#letGo();
  }

  #letGo(): void {
    const lease = this.#current?.lease;
    this.#current = undefined;
    lease?.release();
  }

  tellClosed(): void {
    if (this.#listener === undefined || this.#closeReason === undefined) return;
    emit(this.#listener, {
      kind: 'connClosed',
      connection: this.info,
      reason: this.#closeReason,
      exchanges: this.#exchanges,
      lifetimeMs: this.options.clock.monotonicMs() - this.#openedAtMs,
    });
  }

  setActive(isActive: boolean): void {
    this.wire.setActive(isActive);
  }

  /** The exchange is done, and both its messages with it. */
  finish(reason: CloseReason | undefined): void {
    if (reason === undefined) this.#letGo();
    else this.close(reason);
  }

  onData(buffer: Buffer, length: number): void {
    const current = this.#current;
    if (current === undefined || !this.#reader.isReading) {
      this.close(isRequestTimeout(buffer, length) ? 'server-closed-idle' : 'unsolicited-data');
      return;
    }
    if (!this.#reader.hasBytes && this.#listener !== undefined) emit(this.#listener, { kind: 'gotFirstResponseByte' });
    try {
      const end = this.#reader.feed(buffer, 0, length);
      if (this.#handedOver !== undefined) this.#passOn(this.#handedOver, buffer.subarray(end, length));
      else if (this.#reader.isReading) current.onFed();
      else current.onResponseEnd(end < length);
    } catch (error) {
      // Nothing may leave a socket's callback: it would end the process.
      if (error instanceof ProtocolError) current.onProtocolError(error);
      else current.onReadError(error);
    }
  }

  /** What came behind the head is the first of what the wire brings its new owner. */
  #passOn({ receiver }: WireDuplex, rest: Buffer): void {
    if (rest.byteLength > 0) receiver.onData(rest, rest.byteLength);
  }

  handOver(): WireDuplex {
    const handedOver = duplexOver(this.wire);
    this.#handedOver = handedOver;
    this.wire.attach(handedOver.receiver);
    this.#end('upgraded');
    return handedOver;
  }

  onDrain(): void {
    this.#current?.onDrain();
  }

  onEnd(): void {
    this.#onWireEnd(true, undefined);
  }

  onClose(error: Error | undefined): void {
    // An orderly end would have been told by onEnd.
    this.#onWireEnd(false, error);
  }

  onInterim(status: number, headers: HttpHeaders): void {
    this.#current?.onInterim(status, headers);
  }

  onHead(head: ResponseHead): void {
    this.#peerIdleTimeoutMs = head.hint.idleTimeoutMs;
    this.#current?.onHead(head);
  }

  onBody(buffer: Buffer, start: number, end: number): void {
    this.#current?.onBody(buffer, start, end);
  }

  onComplete(trailers: HttpHeaders | undefined): void {
    this.#current?.onComplete(trailers);
  }

  #onWireEnd(isOrderly: boolean, error: Error | undefined): void {
    if (this.#closeReason !== undefined) return;
    const exchange = this.#current;
    if (exchange === undefined) {
      this.close('server-closed-idle');
      return;
    }
    const wasReading = this.#reader.isReading;
    const end = this.#reader.end(isOrderly);
    if (wasReading && end === 'complete') exchange.onResponseEnd(false);
    else exchange.onWireEnd(end, error);
  }
}

/** Some servers say 408 before they close an idle connection (Go's is408Message): that is a close, not an answer. */
function isRequestTimeout(buffer: Buffer, length: number): boolean {
  return length >= 12 && buffer.toString('latin1', 0, 7) === 'HTTP/1.' && buffer.toString('latin1', 9, 12) === '408';
}

function protocolNotSupported({ target }: HttpRequest, connection: ConnectionInfo): RoundTripError {
  const { key } = target.origin;
  const init = { code: 'not-supported', phase: 'request', sent: 'nothing', origin: key, connection } as const;
  return new RoundTripError(`${key}: CONNECT with a protocol (RFC 8441) needs HTTP/2, and the server speaks HTTP/1.1`, init);
}
