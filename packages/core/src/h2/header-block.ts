import { ByteWriter } from './byte-writer.ts';
import type { FrameHeader } from './frame-rules.ts';
import { FRAME, frameName } from './frame-type.ts';
import { ConnectionError } from './http2-error.ts';

/** What one may take. */
export interface BlockLimits {
  /** Before it is decoded, its CONTINUATION frames included. */
  readonly maxBlockBytes: number;
  /** CONTINUATION frames after the HEADERS frame; of those that are empty, one. */
  readonly maxContinuations: number;
}

/** A header block that comes in several frames: HEADERS, and CONTINUATION until one says that it is the last (RFC 9113 §4.3). */
export class HeaderBlock {
  readonly #limits: BlockLimits;
  readonly #bytes = new ByteWriter();
  /** 0 while there is none. */
  #streamId = 0;
  #isLast = false;
  #continuations = 0;
  #emptyContinuations = 0;

  constructor(limits: BlockLimits) {
    this.#limits = limits;
  }

  /** Whether one is under way. */
  get isOpen(): boolean {
    return this.#streamId !== 0;
  }

  /** Whether its stream ends with it. */
  get isLast(): boolean {
    return this.#isLast;
  }

  /** @throws ConnectionError when a HEADERS frame is too much already. */
  checkFirst({ bytes }: FrameHeader): void {
    this.#checkBytes(bytes);
  }

  /**
   * RFC 9113 §6.10, and what it takes to see no end of it: CVE-2024-28182 and its like are peers that send CONTINUATION for ever, empty or not.
   * @throws ConnectionError when a frame may not come while a block is open, or continues one that is not.
   */
  checkNext({ bytes, type, streamId }: FrameHeader): void {
    if (!this.isOpen) throw new ConnectionError('PROTOCOL_ERROR', 'a CONTINUATION frame that continues nothing');
    if (type !== FRAME.CONTINUATION || streamId !== this.#streamId) {
      const frame = `a ${frameName(type)} frame on stream ${streamId}`;
      throw new ConnectionError('PROTOCOL_ERROR', `${frame} inside the header block of stream ${this.#streamId}`);
    }
    this.#continuations += 1;
    if (bytes === 0) this.#emptyContinuations += 1;
    const { maxContinuations } = this.#limits;
    if (this.#continuations > maxContinuations) {
      throw tooMuch(`a header block in more than ${maxContinuations} CONTINUATION frames (http2.maxContinuations)`);
    }
    if (this.#emptyContinuations > 1) throw tooMuch('a header block with more than one empty CONTINUATION frame');
    this.#checkBytes(this.#bytes.length + bytes);
  }

  begin(streamId: number, isLast: boolean): void {
    this.#streamId = streamId;
    this.#isLast = isLast;
    this.#continuations = 0;
    this.#emptyContinuations = 0;
  }

  append(fragment: Uint8Array): void {
    this.#bytes.bytes(fragment);
  }

  /** The whole of it. */
  end(): Buffer {
    this.#streamId = 0;
    return this.#bytes.take();
  }

  #checkBytes(bytes: number): void {
    const { maxBlockBytes } = this.#limits;
    if (bytes > maxBlockBytes) throw tooMuch(`a header block of more than ${maxBlockBytes} bytes (maxResponseHeaderBytes)`);
  }
}

function tooMuch(message: string): ConnectionError {
  return new ConnectionError('ENHANCE_YOUR_CALM', message);
}
