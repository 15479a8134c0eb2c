import type { Conversation } from '../conversation.ts';
import { PREFACE } from './frames.ts';
import { HeaderDecoder } from './header-decoder.ts';
import { FLAGS, FRAME_TYPES } from './names.ts';
import { blockPart, readFrame, readHeaders, type OpenBlock, type RawFrame, type ReceivedFrame } from './received-frame.ts';

/** Reads what a client sends, and takes exception to what is not HTTP/2's shape: the preface, the sizes of payloads, the order and the encoding of header blocks. */
export class FrameReader {
  readonly #conversation: Conversation;
  readonly #decoder = new HeaderDecoder();
  #isPrefaceRead = false;

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /** Undefined where the connection has ended between two frames, or in the middle of one. @throws Error for what is not a frame. */
  async next(): Promise<ReceivedFrame | undefined> {
    if (!this.#isPrefaceRead && !(await this.#readPreface())) return undefined;
    const raw = await this.#nextRaw();
    if (raw === undefined) return undefined;
    if (raw.typeNumber === FRAME_TYPES.HEADERS) return this.#finish({ first: raw, parts: [blockPart(raw)] }, raw);
    if (raw.typeNumber === FRAME_TYPES.CONTINUATION) throw new Error('CONTINUATION without a header block to continue');
    return readFrame(raw);
  }

  async #readPreface(): Promise<boolean> {
    const preface = await this.#conversation.readUpTo(PREFACE.length);
    this.#isPrefaceRead = true;
    if (!PREFACE.subarray(0, preface.length).equals(preface)) {
      throw new Error(`this is not the preface of an HTTP/2 client: ${JSON.stringify(preface.toString('latin1'))}`);
    }
    return preface.length === PREFACE.length;
  }

  async #nextRaw(): Promise<RawFrame | undefined> {
    const head = await this.#conversation.readUpTo(9);
    if (head.length < 9) return undefined;
    const length = head.readUIntBE(0, 3);
    const payload = await this.#conversation.readUpTo(length);
    if (payload.length < length) return undefined;
    return { typeNumber: head.readUInt8(3), flags: head.readUInt8(4), streamId: head.readUInt32BE(5), payload };
  }

  async #finish(block: OpenBlock, last: RawFrame): Promise<ReceivedFrame | undefined> {
    if ((last.flags & FLAGS.END_HEADERS) !== 0) return readHeaders(block, this.#decoder);
    const next = await this.#nextRaw();
    if (next === undefined) return undefined;
    if (next.typeNumber !== FRAME_TYPES.CONTINUATION || next.streamId !== block.first.streamId) {
      throw new Error(`a header block is interrupted by a frame of type ${next.typeNumber}`);
    }
    return this.#finish({ first: block.first, parts: [...block.parts, blockPart(next)] }, next);
  }
}
