import { DROPPED_TRAILERS } from '../contract/message-rules.ts';
import { VALUE_BYTES } from '../contract/field-syntax.ts';
import { HttpHeaders } from '../contract/http-headers.ts';
import type { ResponseLimits } from './http1-options.ts';
import { beyondLimit, malformed, shownByte } from './protocol-error.ts';
import { SectionParser } from './section-parser.ts';

const CR = 0x0d;
const LF = 0x0a;
const SP = 0x20;
const HTAB = 0x09;
const SEMICOLON = 0x3b;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * What a size line may take for nothing. Go's rule in spirit: a server that sends byte by byte is slow, not hostile; one that sends extensions
 * instead of data is.
 */
const FREE_LINE_BYTES = 16;

type State = 'size' | 'before-extension' | 'extension' | 'quoted' | 'quoted-pair' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailers';

/** Takes the data as it is found. The bytes are lent for the call. */
export type OnData = (buffer: Buffer, start: number, end: number) => void;

/** Decodes the chunked coding (RFC 9112 §7.1). Extensions are checked for what ends them and otherwise passed over. */
export class ChunkedDecoder {
  readonly #onData: OnData;
  readonly #limits: ResponseLimits;
  #state: State = 'size';
  #size = 0;
  #digits = 0;
  #remaining = 0;
  #lineBytes = 0;
  #overheadBytes = 0;
  #dataBytes = 0;
  #trailerParser: SectionParser | undefined;
  #trailers: HttpHeaders | undefined;

  constructor(onData: OnData, limits: ResponseLimits) {
    this.#onData = onData;
    this.#limits = limits;
  }

  /** The trailers, once the body has ended. */
  get trailers(): HttpHeaders | undefined {
    return this.#trailers;
  }

  /**
   * Takes the bytes from `start` to `end`.
   * @returns where the body ended, or -1 when all was taken and more is needed.
   * @throws ProtocolError
   */
  feed(buffer: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end) {
      if (this.#state === 'data') {
        at = this.#takeData(buffer, at, end);
      } else if (this.#state === 'trailers') {
        return this.#takeTrailers(buffer, at, end);
      } else {
        this.#takeFraming(buffer[at] ?? 0);
        at += 1;
      }
    }
    return -1;
  }

  #takeData(buffer: Buffer, start: number, end: number): number {
    const bytes = Math.min(end - start, this.#remaining);
    this.#remaining -= bytes;
    this.#dataBytes += bytes;
    if (this.#remaining === 0) this.#state = 'data-cr';
    this.#onData(buffer, start, start + bytes);
    return start + bytes;
  }

  #takeFraming(byte: number): void {
    if (++this.#lineBytes > FREE_LINE_BYTES) this.#countOverhead();
    switch (this.#state) {
      case 'size':
        this.#takeSizeByte(byte);
        break;
      case 'before-extension':
        this.#takeBeforeExtension(byte);
        break;
      case 'extension':
        this.#takeExtensionByte(byte);
        break;
      case 'quoted':
        this.#takeQuotedByte(byte);
        break;
      case 'quoted-pair':
        expectText(byte);
        this.#state = 'quoted';
        break;
      case 'size-lf':
        if (byte !== LF) throw malformed(`CR is followed by ${shownByte(byte)}, not by LF, in a chunk's size line`);
        this.#endSizeLine();
        break;
      case 'data-cr':
        if (byte !== CR) throw malformed(`a chunk's data is followed by ${shownByte(byte)}, not by CRLF`);
        this.#state = 'data-lf';
        break;
      default:
        if (byte !== LF) throw malformed(`a chunk's data is followed by CR and ${shownByte(byte)}, not by CRLF`);
        this.#startSizeLine();
    }
  }

  #countOverhead(): void {
    this.#overheadBytes += 1;
    const { maxChunkOverheadBytes } = this.#limits;
    if (this.#overheadBytes <= maxChunkOverheadBytes + this.#dataBytes) return;
    throw beyondLimit(
      `chunk sizes and extensions take more than ${maxChunkOverheadBytes} bytes beyond what the data justifies`,
      'maxChunkOverheadBytes',
    );
  }

  #takeSizeByte(byte: number): void {
    const value = hexValue(byte);
    if (value === -1) {
      this.#endSize(byte);
      return;
    }
    this.#digits += 1;
    this.#size = this.#size * 16 + value;
    const { maxChunkSizeDigits } = this.#limits;
    if (this.#digits > maxChunkSizeDigits) {
      throw beyondLimit(`a chunk's size has more than ${maxChunkSizeDigits} digits`, 'maxChunkSizeDigits');
    }
    if (!Number.isSafeInteger(this.#size)) throw malformed("a chunk's size is 2^53 or more");
  }

  #endSize(byte: number): void {
    if (this.#digits === 0) throw malformed(`${shownByte(byte)} where a chunk's size should be`);
    if (byte === CR) this.#state = 'size-lf';
    else if (byte === SEMICOLON) this.#state = 'extension';
    else if (byte === SP || byte === HTAB) this.#state = 'before-extension';
    else throw malformed(`${shownByte(byte)} after a chunk's size`);
  }

  /** RFC 9112 §7.1.1: whitespace may stand before a ";", and nowhere else. */
  #takeBeforeExtension(byte: number): void {
    if (byte === SEMICOLON) this.#state = 'extension';
    else if (byte !== SP && byte !== HTAB) throw malformed("whitespace after a chunk's size");
  }

  #takeExtensionByte(byte: number): void {
    if (byte === CR) this.#state = 'size-lf';
    else if (byte === QUOTE) this.#state = 'quoted';
    else expectText(byte);
  }

  #takeQuotedByte(byte: number): void {
    if (byte === QUOTE) this.#state = 'extension';
    else if (byte === BACKSLASH) this.#state = 'quoted-pair';
    else expectText(byte);
  }

  #endSizeLine(): void {
    if (this.#size === 0) {
      this.#trailerParser = new SectionParser('trailers', this.#limits);
      this.#state = 'trailers';
      return;
    }
    this.#remaining = this.#size;
    this.#state = 'data';
  }

  #startSizeLine(): void {
    this.#size = 0;
    this.#digits = 0;
    this.#lineBytes = 0;
    this.#state = 'size';
  }

  #takeTrailers(buffer: Buffer, start: number, end: number): number {
    const parser = this.#trailerParser;
    if (parser === undefined) return -1;
    const sectionEnd = parser.feed(buffer, start, end);
    if (sectionEnd !== -1) this.#trailers = allowedTrailers(parser.takeFieldLines());
    return sectionEnd;
  }
}

function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function expectText(byte: number): void {
  if (VALUE_BYTES[byte] !== 1) throw malformed(`${shownByte(byte)} in a chunk extension`);
}

function allowedTrailers(fieldLines: string): HttpHeaders {
  if (fieldLines === '') return NO_TRAILERS;
  const allowed: [string, string][] = [];
  for (const [name, value] of HttpHeaders.fromChecked(fieldLines).fields()) {
    if (!DROPPED_TRAILERS.has(name.toLowerCase())) allowed.push([name, value]);
  }
  return HttpHeaders.readOnly(allowed);
}

const NO_TRAILERS: HttpHeaders = HttpHeaders.readOnly(undefined);
