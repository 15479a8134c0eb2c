import type { Http2ErrorCode } from './error-code.ts';
import type { Http2Exchange } from './exchange.ts';
import { ReceiveWindow } from './flow-window.ts';
import { FrameReader } from './frame-reader.ts';
import type { ByteRange, FrameReceiver } from './frame-receiver.ts';
import { GlitchBudget, type Glitch } from './glitch-budget.ts';
import { HpackDecoder } from './hpack-decoder.ts';
import type { Http2Options } from './http2-options.ts';
import { ConnectionError, type StreamError } from './http2-error.ts';
import { withTrimmedValues } from './message-fields.ts';
import { responseSection, type ResponseSection } from './response-head.ts';
import { BASIC_HEADER_TABLE_BYTES, type Setting } from './settings.ts';
import { peerFault } from './stream-failures.ts';
import type { Streams } from './streams.ts';
import { receive, type StreamFrame } from './stream-state.ts';

/** What of a peer's frames is the whole connection's affair. */
export interface ConnectionFrames {
  onSettings(settings: readonly Setting[]): void;
  onSettingsAck(): void;
  onPing(high: number, low: number): void;
  onPingAck(): boolean;
  onGoAway(lastStreamId: number, code: Http2ErrorCode, debugText: string): void;
  /** @returns false where the window is larger than any may be. */
  onWindowUpdate(increment: number): boolean;
  /** So many bytes are held that nothing more of a body may come before some of them are read. */
  onFull(heldBytes: number): void;
  /** The window of the connection, or of a stream, is to be larger again. */
  updateWindow(streamId: number, increment: number): void;
  /** The peer thinks that we broke the protocol on a stream: nobody knows what else of ours it takes for something else (Go issue 77843). */
  onDistrust(): void;
  /** The peer did what none has a reason to do. */
  onGlitch(glitch: Glitch): void;
  /** A stream that is open to nobody any more. */
  resetLate(streamId: number, code: Http2ErrorCode): void;
}

/** All that the peer says: which frame goes where, what it may cost us, and what it may not do. It throws {@link ConnectionError}. */
export class Inbound implements FrameReceiver {
  readonly #connection: ConnectionFrames;
  readonly #streams: Streams;
  readonly #options: Http2Options;
  readonly #reader: FrameReader;
  readonly #decoder: HpackDecoder<ResponseSection>;
  readonly #window: ReceiveWindow;
  readonly #budget: GlitchBudget;
  /** Those of this read: who is told of them may end the connection, and that is not to be in the midst of a frame. */
  readonly #glitches: Glitch[] = [];
  /** The stream of the DATA frame under way, while somebody listens to it. */
  #data: Http2Exchange | undefined;
  #hasData = false;
  /** Those whose responses began in this turn. */
  readonly #headed: Http2Exchange[] = [];
  /** Counts header blocks and DATA. */
  #messageFrames = 0;
  #hasRefused = false;
  /** Whether it was told that the window is full; until half of it is free. */
  #isFullTold = false;

  constructor(connection: ConnectionFrames, streams: Streams, options: Http2Options) {
    this.#connection = connection;
    this.#streams = streams;
    this.#options = options;
    this.#reader = new FrameReader(this, {
      maxBlockBytes: options.maxHeadBytes,
      maxContinuations: options.maxContinuations,
      maxSettings: options.maxSettings,
    });
    this.#decoder = new HpackDecoder({
      maxListBytes: options.maxHeadBytes,
      interpret: options.trimsFieldValues ? trimmedSection : responseSection,
    });
    this.#window = new ReceiveWindow(options.connectionWindowBytes);
    this.#budget = new GlitchBudget(options.glitches, options.clock.monotonicMs(), (glitch) => this.#glitches.push(glitch));
  }

  get messageFrames(): number {
    return this.#messageFrames;
  }

  /** Whether the peer has said of a stream that it does not look at it. */
  get hasRefused(): boolean {
    return this.#hasRefused;
  }

  /** @throws ConnectionError, or what could not be taken in. */
  feed(buffer: Buffer, length: number): void {
    this.#reader.feed(buffer, 0, length);
    if (this.#window.isFull && !this.#isFullTold) this.#tellFull();
    if (this.#glitches.length > 0) for (const glitch of this.#glitches.splice(0)) this.#connection.onGlitch(glitch);
  }

  #tellFull(): void {
    this.#isFullTold = true;
    this.#connection.onFull(this.#window.heldBytes);
  }

  /** Nothing more is read. */
  stop(): void {
    this.#reader.stop();
    this.#data = undefined;
    this.#headed.length = 0;
  }

  /** So many bytes that came are not held any more. */
  giveBack(bytes: number): void {
    const update = this.#window.giveBack(bytes) || this.#window.tellWhenLow();
    if (update > 0) this.#connection.updateWindow(0, update);
    if (this.#isFullTold && this.#window.isHalfFree) this.#isFullTold = false;
  }

  /** A stream was opened, which will have its end. */
  openedStream(): void {
    this.#budget.openedStream();
  }

  /** We have reset a stream, and the peer does not know it yet. */
  sentReset(): void {
    this.#budget.sentReset(this.#options.streamWindowBytes, this.#options.connectionWindowBytes);
  }

  /** DATA of ours went out, for which the peer will have to update its windows. */
  sentData(bytes: number): void {
    this.#budget.sentData(bytes);
  }

  onDataFrame(streamId: number, flowBytes: number): void {
    if (!this.#window.arrive(flowBytes)) throw flowControl('sent more than the window of the connection allows');
    this.#messageFrames += 1;
    this.#hasData = false;
    const exchange = this.#streams.get(streamId);
    this.#data = this.#listener(streamId, 'data', exchange, flowBytes);
    this.#data?.onDataFrame(flowBytes);
  }

  onData(_streamId: number, buffer: Buffer, start: number, end: number): void {
    this.#hasData = true;
    const exchange = this.#data;
    const bytes = exchange === undefined ? end - start : exchange.onBody(buffer, start, end);
    if (bytes > 0) this.#giveBack(exchange, bytes);
  }

  onDataEnd(_streamId: number, paddingBytes: number, isEndStream: boolean): void {
    const exchange = this.#data;
    this.#data = undefined;
    if (paddingBytes > 0) this.#giveBack(exchange, paddingBytes);
    // What this frame leaves to hold may have made the window low.
    else this.giveBack(0);
    if (this.#budget.receivedData(!this.#hasData && !isEndStream)) throw calm('DATA frames that bring nothing', 'maxEmptyData');
    if (isEndStream) exchange?.onDataEnd();
  }

  onHeaders(streamId: number, isEndStream: boolean, { buffer, start, end }: ByteRange): void {
    // Whatever becomes of the stream: the table is the connection's.
    const section = this.#decoder.decode(buffer, start, end);
    this.#messageFrames += 1;
    const exchange = this.#listener(streamId, isEndStream ? 'headers-end' : 'headers', this.#streams.get(streamId));
    if (exchange === undefined) return;
    exchange.onSection(section, isEndStream, end - start);
    // Over TLS a body comes a read after its head, and in the same turn.
    if (!isEndStream && this.#headed.push(exchange) === 1) this.#options.atTurnEnd(this.#atTurnEnd);
  }

  onSettings(settings: readonly Setting[]): void {
    this.#connection.onSettings(settings);
  }

  onSettingsAck(): void {
    if (this.#options.maxDecoderTableBytes !== BASIC_HEADER_TABLE_BYTES) this.#decoder.setMaxTableBytes(this.#options.maxDecoderTableBytes);
    this.#connection.onSettingsAck();
  }

  onPing(high: number, low: number, isAck: boolean): void {
    // Ours are zeros (RFC 9113 §6.7).
    const isOurs = isAck && high === 0 && low === 0 && this.#connection.onPingAck();
    if (!isAck) this.#connection.onPing(high, low);
    else if (!isOurs) this.#spend('ping-ack', 'PING acknowledgements that nobody asked for');
  }

  onGoAway(lastStreamId: number, code: Http2ErrorCode, debugText: string): void {
    this.#spend('goaway', 'GOAWAY frames');
    this.#connection.onGoAway(lastStreamId, code, debugText);
  }

  onWindowUpdate(streamId: number, increment: number): void {
    if (this.#budget.receivedWindowUpdate(increment, this.#now())) throw calm('window updates without DATA', 'maxGlitches');
    if (streamId === 0) {
      if (!this.#connection.onWindowUpdate(increment)) throw flowControl('makes the window of the connection larger than 2^31-1');
      return;
    }
    const exchange = this.#listener(streamId, 'window-update', this.#streams.get(streamId));
    if (exchange === undefined || exchange.sender.grow(increment)) return;
    exchange.fail(peerFault('the server makes the window of the stream larger than 2^31-1'), 'FLOW_CONTROL_ERROR');
  }

  onReset(streamId: number, code: Http2ErrorCode): void {
    const open = this.#streams.get(streamId);
    // What is open it can reset once: as many as there are requests under way, which may be more than the budget has.
    if (open === undefined) this.#spend('reset', 'stream resets');
    if (code === 'REFUSED_STREAM') this.#hasRefused = true;
    const exchange = this.#listener(streamId, 'reset', open);
    if (exchange !== undefined && code === 'PROTOCOL_ERROR') this.#connection.onDistrust();
    exchange?.onReset(code);
  }

  onIgnored(_type: number): void {
    this.#spend('ignored-frame', 'frames that say nothing');
  }

  onStreamError({ streamId, code, message }: StreamError): void {
    const exchange = this.#streams.get(streamId);
    if (exchange !== undefined) exchange.fail(peerFault(message), code);
    else if (this.#streams.stateOf(streamId) === 'idle') {
      throw new ConnectionError('PROTOCOL_ERROR', `${message}, on a stream that was never opened`);
    } else this.#spend('late-frame', 'frames on closed streams');
  }

  /** Of a frame's stream, where the frame may come. @param flowBytes Of DATA. */
  #listener(streamId: number, frame: StreamFrame, exchange: Http2Exchange | undefined, flowBytes = 0): Http2Exchange | undefined {
    const state = exchange === undefined ? this.#streams.stateOf(streamId) : exchange.state;
    const reception = receive(state, frame);
    switch (reception.kind) {
      case 'accept':
        return exchange;
      case 'connection-error':
        throw new ConnectionError(reception.code, `${frame} on stream ${streamId}, which was never opened`);
      case 'stream-error':
        if (exchange !== undefined) exchange.fail(peerFault(`${frame} after the end of the stream`), reception.code);
        else this.#connection.resetLate(streamId, reception.code);
        break;
      default:
    }
    const isUnderWay = reception.kind === 'ignore';
    const isTooMuch = isUnderWay ? this.#budget.receivedLateData(flowBytes, this.#now()) : this.#budget.spend('late-frame', this.#now());
    if (isTooMuch) throw calm('frames on closed streams', 'maxGlitches');
    return undefined;
  }

  readonly #atTurnEnd = (): void => {
    for (const exchange of this.#headed.splice(0)) exchange.onTurnEnd();
  };

  #giveBack(exchange: Http2Exchange | undefined, bytes: number): void {
    this.giveBack(bytes);
    const update = exchange?.giveBack(bytes) ?? 0;
    if (update > 0 && exchange !== undefined) this.#connection.updateWindow(exchange.streamId, update);
  }

  #spend(glitch: Glitch, what: string): void {
    if (this.#budget.spend(glitch, this.#now())) throw calm(what, glitch === 'reset' ? 'maxResets' : 'maxGlitches');
  }

  #now(): number {
    return this.#options.clock.monotonicMs();
  }
}

/** Of peers that have whitespace around values, which RFC 9113 §8.2.1 forbids. */
function trimmedSection(fields: readonly string[], isTooLarge: boolean): ResponseSection {
  return responseSection(withTrimmedValues(fields), isTooLarge);
}

function flowControl(what: string): ConnectionError {
  return new ConnectionError('FLOW_CONTROL_ERROR', `the peer ${what}`);
}

function calm(what: string, option: 'maxEmptyData' | 'maxGlitches' | 'maxResets'): ConnectionError {
  return new ConnectionError('ENHANCE_YOUR_CALM', `the peer sends too many ${what} (http2.${option})`);
}
