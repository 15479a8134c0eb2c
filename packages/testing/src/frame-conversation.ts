import { PeerClosed, type Conversation } from './conversation.ts';
import { FrameReader } from './frames/frame-reader.ts';
import * as frames from './frames/frames.ts';
import type { FieldsToSend } from './frames/header-encoder.ts';
import type { ErrorCode } from './frames/names.ts';
import { OneByteAtATime } from './frames/one-byte-at-a-time.ts';
import type { ReceivedFrame, ReceivedType, SettingsFrame } from './frames/received-frame.ts';
import { Waiting } from './frames/waiting.ts';

/** A received frame of one type. */
export type FrameOf<Type extends ReceivedType> = Extract<ReceivedFrame, { readonly type: Type }>;

/** How long a wait may last, and how it writes. */
export interface FrameConversationOptions {
  /** The longest that a frame or a connection is waited for, in milliseconds. */
  readonly waitLimitMs: number;
  readonly oneByteAtATime: boolean;
}

/**
 * The server's side of one HTTP/2 connection, in frames. What the client sends is read as it comes, and kept until somebody asks for it; nothing is answered but by the script:
 * no SETTINGS, no ACK and no WINDOW_UPDATE. Each write resolves once the system has the bytes: `true`; or `false` where the connection is gone. They stay in order, awaited or not.
 */
export class FrameConversation {
  /** The number of the connection: 1 is the peer's first. */
  readonly number: number;
  /** Resolves when the connection is closed on both sides. */
  readonly closed: Promise<void>;
  /** All that has come so far, in order, taken or not. */
  readonly frames: readonly ReceivedFrame[];
  readonly #frames: ReceivedFrame[] = [];
  readonly #conversation: Conversation;
  readonly #waiting: Waiting<ReceivedFrame>;
  readonly #slowly: OneByteAtATime | undefined;
  #paused: PromiseWithResolvers<void> | undefined;
  #pings = 0;

  /** @internal */
  constructor(conversation: Conversation, options: FrameConversationOptions) {
    this.#conversation = conversation;
    this.number = conversation.number;
    this.closed = conversation.closed;
    this.frames = this.#frames;
    this.#waiting = new Waiting(options.waitLimitMs, () => this.#summary());
    this.#slowly = options.oneByteAtATime ? new OneByteAtATime(conversation) : undefined;
    conversation.setNoDelay();
  }

  /** @internal Reads until the connection ends. @throws Error for what is not HTTP/2. */
  async read(): Promise<void> {
    const reader = new FrameReader(this.#conversation);
    try {
      for (let frame = await reader.next(); frame !== undefined; frame = await reader.next()) {
        this.#frames.push(frame);
        this.#waiting.add(frame);
        if (this.#paused !== undefined) await Promise.race([this.#paused.promise, this.closed]);
      }
      this.#waiting.end(new Error(`connection ${this.number} ended`));
    } catch (error) {
      this.#waiting.end(error instanceof Error ? error : new Error(String(error)));
      if (!(error instanceof PeerClosed)) throw new Error(`connection ${this.number} was sent what is not HTTP/2`, { cause: error });
    }
  }

  /** The first frame that was not taken. @throws Error when the connection ends before there is one, or the time is over. */
  nextFrame(): Promise<ReceivedFrame> {
    return this.#waiting.take('a frame', (_frame): _frame is ReceivedFrame => true);
  }

  /**
   * The first frame of this type that was not taken; those before it stay for others. CONTINUATION comes as part of its HEADERS.
   * @param isMeant Where not every frame of the type is meant: `next('DATA', (frame) => frame.endStream)`.
   * @throws Error when the connection ends before there is one, or the time is over.
   */
  next<Type extends ReceivedType>(type: Type, isMeant: (frame: FrameOf<Type>) => boolean = () => true): Promise<FrameOf<Type>> {
    const isWanted = (frame: ReceivedFrame): frame is FrameOf<Type> => isOf(frame, type) && isMeant(frame);
    return this.#waiting.take(type, isWanted);
  }

  /** All frames of one type that have come so far, taken or not. */
  all<Type extends ReceivedType>(type: Type): FrameOf<Type>[] {
    return this.#frames.filter((frame): frame is FrameOf<Type> => isOf(frame, type));
  }

  /**
   * The beginning of a connection: SETTINGS from both sides, and an ACK for each. What the client sends besides stays for others.
   * @returns the client's SETTINGS.
   * @throws Error when its first frame is another, or it does not acknowledge.
   */
  async handshake(settings: frames.SettingsToSend = {}): Promise<SettingsFrame> {
    void this.settings(settings);
    const first = await this.nextFrame();
    const isSettings = first.type === 'SETTINGS' && !first.ack;
    if (!isSettings) throw new Error(`connection ${this.number} begins with ${inWords(first)}, not with SETTINGS`);
    void this.settingsAck();
    await this.next('SETTINGS', ({ ack }) => ack);
    return first;
  }

  /** A PING and its ACK: what the client has to say at once to all that was written before is in `frames` then. */
  async settle(): Promise<void> {
    this.#pings += 1;
    const opaque = Buffer.alloc(8);
    opaque.writeUInt32BE(this.#pings, 4);
    void this.ping(opaque);
    await this.next('PING', ({ ack, payload }) => ack && payload.equals(opaque));
  }

  settings(entries: frames.SettingsToSend = {}): Promise<boolean> {
    return this.raw(frames.settings(entries));
  }

  settingsAck(): Promise<boolean> {
    return this.raw(frames.settingsAck());
  }

  /** @param fields Sent as literals, without index and without Huffman; or a header block that is encoded already, or a part of one. */
  headers(streamId: number, fields: FieldsToSend | Uint8Array, options?: frames.HeadersOptions): Promise<boolean> {
    return this.raw(frames.headers(streamId, fields, options));
  }

  continuation(streamId: number, fields: FieldsToSend | Uint8Array, options?: frames.ContinuationOptions): Promise<boolean> {
    return this.raw(frames.continuation(streamId, fields, options));
  }

  data(streamId: number, bytes: frames.Bytes, options?: frames.DataOptions): Promise<boolean> {
    return this.raw(frames.data(streamId, bytes, options));
  }

  /** RST_STREAM; {@link resetConnection} is another thing. */
  reset(streamId: number, code: ErrorCode): Promise<boolean> {
    return this.raw(frames.reset(streamId, code));
  }

  /** @param opaque 8 bytes. */
  ping(opaque?: frames.Bytes): Promise<boolean> {
    return this.raw(frames.ping(opaque));
  }

  pingAck(opaque: frames.Bytes): Promise<boolean> {
    return this.raw(frames.pingAck(opaque));
  }

  goAway(lastStreamId: number, code?: ErrorCode, debug?: frames.Bytes): Promise<boolean> {
    return this.raw(frames.goAway(lastStreamId, code, debug));
  }

  /** @param streamId 0 for the connection. */
  windowUpdate(streamId: number, increment: number): Promise<boolean> {
    return this.raw(frames.windowUpdate(streamId, increment));
  }

  /** Any frame, right or wrong. */
  frame(parts: frames.FrameParts): Promise<boolean> {
    return this.raw(frames.frame(parts));
  }

  /** Any bytes: several frames in one write, half a frame, or none. */
  raw(bytes: frames.Bytes): Promise<boolean> {
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    return this.#slowly?.write(data) ?? this.#conversation.write(data);
  }

  /** Stops reading, from the next frame but one at the latest: the client fills the buffers. It is not noticed then that the connection has ended, unless by a reset. */
  pause(): void {
    this.#paused ??= Promise.withResolvers();
  }

  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  /** Sends what was written, then FIN: nothing more will be said. What comes is still read. */
  end(): void {
    void this.#whenWritten(() => this.#conversation.end());
  }

  /** Closes both directions at once. */
  destroy(): void {
    this.#conversation.destroy();
  }

  /** Closes the connection with a reset (RST), once what was written has been handed over. */
  resetConnection(): void {
    void this.#whenWritten(() => this.#conversation.reset());
  }

  async #whenWritten(act: () => void): Promise<void> {
    if (this.#slowly !== undefined) await this.#slowly.written();
    act();
  }

  #summary(): string {
    return this.#frames.length === 0 ? 'nothing' : this.#frames.map(inWords).join(', ');
  }
}

function isOf<Type extends ReceivedType>(frame: ReceivedFrame, type: Type): frame is FrameOf<Type> {
  return frame.type === type;
}

function inWords(frame: ReceivedFrame): string {
  const stream = frame.streamId === 0 ? '' : ` on ${frame.streamId}`;
  return `${frame.type}${'ack' in frame && frame.ack ? ' ACK' : ''}${stream}`;
}
