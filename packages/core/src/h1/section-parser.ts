import { TOKEN_BYTES, trimmedPart, VALUE_BYTES } from '../contract/field-syntax.ts';
import type { ResponseLimits } from './http1-options.ts';
import { beyondLimit, malformed, shownByte } from './protocol-error.ts';
import { checkStatusLineStart, parseStatusLine, type StatusLine } from './status-line.ts';

/** The fields that say where a message ends and whether the connection is kept, as they were sent; several of one name are joined by `, `. */
export interface FramingFields {
  contentLength: string | undefined;
  transferEncoding: string | undefined;
  connection: string | undefined;
  keepAlive: string | undefined;
}

const CR = 0x0d;
const LF = 0x0a;
const SP = 0x20;
const HTAB = 0x09;
const COLON = 0x3a;

type State = 'status-line' | 'status-line-lf' | 'line-start' | 'name' | 'value' | 'value-lf' | 'end-lf';

/**
 * Reads a head (RFC 9112 §2.1: status line and fields) or a trailer section (fields only), up to and with the empty line that ends it. Every byte is
 * checked once, wherever the reads fall apart: the parser remembers where it stood. Fields stay one piece of text, split when somebody asks for one.
 *
 * Stricter than RFC 9112 §2.2 where it may be: lines end in CRLF only, since a parser on the way that sees other lines than we do is how responses are smuggled.
 */
export class SectionParser {
  readonly #hasStatusLine: boolean;
  readonly #maxBytes: number;
  readonly #maxFields: number;
  readonly #maxStatusLineBytes: number;
  #state: State;
  /** Where the next byte is, where the line and the name's end are: from the section's first byte. */
  #at = 0;
  #lineAt = 0;
  #nameEnd = 0;
  #fieldsAt = 0;
  #fieldCount = 0;
  /** By the heads before it. */
  #takenBytes = 0;
  #hasFold = false;
  /** What came so far, where it did not come in one read. */
  #kept: Buffer | undefined;
  #keptBytes = 0;
  #statusLine: StatusLine | undefined;
  #fieldLines = '';
  /** Which framing fields there are, and where their values start and end, from the section's first byte: three numbers each, in one list that stays. */
  readonly #found: number[] = [];
  /** How much of the list is of this section: a list that is emptied gives its memory back (180 bytes a response). */
  #foundLength = 0;
  #framing: FramingFields = noFields();

  constructor(kind: 'head' | 'trailers', limits: ResponseLimits) {
    this.#hasStatusLine = kind === 'head';
    this.#maxBytes = this.#hasStatusLine ? limits.maxHeadBytes : limits.maxTrailerBytes;
    this.#maxFields = this.#hasStatusLine ? limits.maxFields : limits.maxTrailerFields;
    this.#maxStatusLineBytes = limits.maxStatusLineBytes;
    this.#state = this.#hasStatusLine ? 'status-line' : 'line-start';
  }

  /** Of the section that was read last. */
  get statusLine(): StatusLine | undefined {
    return this.#statusLine;
  }

  /** The fields as text, each line ended by CRLF, folds undone; once, so that an idle connection does not hold its last head. */
  takeFieldLines(): string {
    const lines = this.#fieldLines;
    this.#fieldLines = '';
    return lines;
  }

  /** Once, for the same reason: a piece of text keeps the whole that it was cut from. */
  takeFraming(): Readonly<FramingFields> {
    const framing = this.#framing;
    this.#framing = NOTHING_FRAMED;
    return framing;
  }

  /** Its size, the empty line included. */
  get sizeBytes(): number {
    return this.#at;
  }

  /** Starts over. @param takenBytes What sections before it have taken of what all of them may. */
  reset(takenBytes: number): void {
    this.#takenBytes = takenBytes;
    this.#state = this.#hasStatusLine ? 'status-line' : 'line-start';
    this.#at = 0;
    this.#fieldsAt = 0;
    this.#fieldCount = 0;
    this.#hasFold = false;
    this.#foundLength = 0;
    if (this.#found.length > KEPT_NUMBERS) this.#found.length = 0;
    this.#framing = noFields();
  }

  /**
   * Takes the bytes from `start` to `end`.
   * @returns where the section ended, or -1 when all was taken and more is needed.
   * @throws ProtocolError
   */
  feed(buffer: Buffer, start: number, end: number): number {
    if (this.#kept === undefined) {
      const sectionEnd = this.#scan(buffer, start, end);
      if (sectionEnd === -1) this.#keep(buffer, start, end);
      else this.#finish(buffer, start, sectionEnd);
      return sectionEnd;
    }
    const before = this.#keptBytes;
    this.#keep(buffer, start, end);
    const sectionEnd = this.#scan(this.#kept, 0, this.#keptBytes);
    if (sectionEnd === -1) return -1;
    this.#finish(this.#kept, 0, sectionEnd);
    this.#kept = undefined;
    this.#keptBytes = 0;
    return start + sectionEnd - before;
  }

  /** @returns the end of the section, or -1. */
  #scan(buffer: Buffer, base: number, end: number): number {
    let at = base + this.#at;
    // A limit that is met inside this read shows when the section ends or the read does.
    while (at < end) {
      switch (this.#state) {
        case 'status-line':
          at = this.#scanStatusLine(buffer, base, at, end);
          break;
        case 'line-start':
          at = this.#scanLines(buffer, base, at, end);
          if (at < end) at = this.#scanLineStart(buffer, base, at);
          break;
        case 'name':
          at = this.#scanName(buffer, base, at, end);
          break;
        case 'value':
          at = this.#scanValue(buffer, at, end);
          break;
        case 'status-line-lf':
          expectLf(buffer, at);
          at += 1;
          this.#endStatusLine(buffer, base, at);
          break;
        case 'value-lf':
          expectLf(buffer, at);
          this.#endField(buffer, base, at - 1);
          at += 1;
          break;
        default:
          expectLf(buffer, at);
          this.#at = at + 1 - base;
          this.#checkSize(this.#at);
          return at + 1;
      }
    }
    this.#at = at - base;
    this.#checkSize(this.#at);
    return -1;
  }

  #scanStatusLine(buffer: Buffer, base: number, start: number, end: number): number {
    checkStatusLineStart(buffer, base, end);
    let at = start;
    while (at < end && VALUE_BYTES[buffer[at] ?? 0] === 1) at++;
    if (at - base > this.#maxStatusLineBytes) {
      throw beyondLimit(`the status line is longer than ${this.#maxStatusLineBytes} bytes`, 'maxStatusLineBytes');
    }
    if (at === end) return at;
    expectCr(buffer, at, 'the status line');
    this.#state = 'status-line-lf';
    return at + 1;
  }

  #endStatusLine(buffer: Buffer, base: number, lineEnd: number): void {
    this.#statusLine = parseStatusLine(buffer, base, lineEnd - 2);
    this.#fieldsAt = lineEnd - base;
    this.#state = 'line-start';
  }

  /**
   * Takes the fields that are there whole, which mostly is all of them: with the steps alone a head of seven lines takes 490 ns, and not 380. It stops where the line begins
   * that is something else: the end, a fold, a part of a field, an error.
   */
  #scanLines(buffer: Buffer, base: number, start: number, end: number): number {
    let at = start;
    for (;;) {
      const lineAt = at;
      while (at < end && TOKEN_BYTES[buffer[at] ?? 0] === 1) at++;
      const nameEnd = at;
      if (nameEnd === lineAt || at === end || buffer[at] !== COLON) return lineAt;
      at++;
      while (at < end && VALUE_BYTES[buffer[at] ?? 0] === 1) at++;
      if (at + 1 >= end || buffer[at] !== CR || buffer[at + 1] !== LF) return lineAt;
      this.#countField();
      this.#lineAt = lineAt - base;
      this.#nameEnd = nameEnd - base;
      this.#endField(buffer, base, at);
      at += 2;
    }
  }

  /** RFC 9112 §5.2: a line that starts with whitespace continues the one before. */
  #scanLineStart(buffer: Buffer, base: number, at: number): number {
    const byte = buffer[at] ?? 0;
    if (byte === CR) {
      this.#state = 'end-lf';
      return at + 1;
    }
    if (byte === SP || byte === HTAB) {
      this.#checkFold(buffer, base);
      this.#countField();
      this.#hasFold = true;
      this.#state = 'value';
      return at + 1;
    }
    this.#countField();
    this.#lineAt = at - base;
    this.#state = 'name';
    return at;
  }

  #checkFold(buffer: Buffer, base: number): void {
    if (this.#fieldCount === 0) throw malformed('whitespace before the first header field');
    // Not of a longer name: one of half a head, folded again and again, would be decoded again and again.
    if (this.#nameEnd - this.#lineAt > LONGEST_NEVER_FOLDED) return;
    const name = buffer.toString('latin1', base + this.#lineAt, base + this.#nameEnd).toLowerCase();
    if (NEVER_FOLDED.has(name)) throw malformed(`the header field "${name}" is folded over two lines`);
  }

  /** A fold counts as a field: it costs as much. */
  #countField(): void {
    if (++this.#fieldCount <= this.#maxFields) return;
    throw this.#hasStatusLine
      ? beyondLimit(`there are more than ${this.#maxFields} header fields`, 'maxResponseHeaderCount')
      : beyondLimit(`there are more than ${this.#maxFields} trailers`, 'maxTrailerCount');
  }

  #scanName(buffer: Buffer, base: number, start: number, end: number): number {
    let at = start;
    while (at < end && TOKEN_BYTES[buffer[at] ?? 0] === 1) at++;
    if (at === end) return at;
    const byte = buffer[at] ?? 0;
    if (byte !== COLON) throw malformed(`${shownByte(byte)} in the name of a header field`);
    if (at - base === this.#lineAt) throw malformed('a header field without a name');
    this.#nameEnd = at - base;
    this.#state = 'value';
    return at + 1;
  }

  #scanValue(buffer: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && VALUE_BYTES[buffer[at] ?? 0] === 1) at++;
    if (at === end) return at;
    expectCr(buffer, at, 'the value of a header field');
    this.#state = 'value-lf';
    return at + 1;
  }

  #endField(buffer: Buffer, base: number, lineEnd: number): void {
    this.#state = 'line-start';
    const nameAt = base + this.#lineAt;
    const name = framingName(buffer, nameAt, base + this.#nameEnd);
    if (name === undefined) return;
    this.#found[this.#foundLength++] = name;
    this.#found[this.#foundLength++] = this.#nameEnd + 1;
    this.#found[this.#foundLength++] = lineEnd - base;
  }

  #finish(buffer: Buffer, start: number, end: number): void {
    const lines = buffer.toString('latin1', start + this.#fieldsAt, end - 2);
    // Cut out of the text at hand, at 4 ns; decoding each value from the bytes takes 50.
    const found = this.#found;
    for (let at = 0; at < this.#foundLength; at += 3) {
      const value = trimmedPart(lines, (found[at + 1] ?? 0) - this.#fieldsAt, (found[at + 2] ?? 0) - this.#fieldsAt);
      addField(this.#framing, found[at] ?? CONNECTION, value);
    }
    this.#fieldLines = this.#hasFold ? lines.replaceAll(/\r\n[ \t]+/g, ' ') : lines;
  }

  #checkSize(bytes: number): void {
    if (this.#takenBytes + bytes <= this.#maxBytes) return;
    if (!this.#hasStatusLine) throw beyondLimit(`the trailers are larger than ${this.#maxBytes} bytes`, 'maxTrailerBytes');
    const what = this.#takenBytes === 0 ? 'response head is' : 'interim and final heads are';
    throw beyondLimit(`the ${what} larger than ${this.#maxBytes} bytes`, 'maxResponseHeaderBytes');
  }

  #keep(buffer: Buffer, start: number, end: number): void {
    const needed = this.#keptBytes + end - start;
    if (this.#kept === undefined || this.#kept.byteLength < needed) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#keptBytes * 2, KEPT_BYTES));
      this.#kept?.copy(larger, 0, 0, this.#keptBytes);
      this.#kept = larger;
    }
    buffer.copy(this.#kept, this.#keptBytes, start, end);
    this.#keptBytes = needed;
  }
}

/** Until the next section is read. */
const NOTHING_FRAMED: FramingFields = noFields();

function noFields(): FramingFields {
  return { contentLength: undefined, transferEncoding: undefined, connection: undefined, keepAlive: undefined };
}

/** Each field by its name in the source: to find it by one that is computed makes a GET 2 % dearer. */
function addField(framing: FramingFields, name: FramingName, value: string): void {
  switch (name) {
    case CONNECTION:
      framing.connection = joined(framing.connection, value);
      break;
    case KEEP_ALIVE:
      framing.keepAlive = joined(framing.keepAlive, value);
      break;
    case CONTENT_LENGTH:
      framing.contentLength = joined(framing.contentLength, value);
      break;
    default:
      framing.transferEncoding = joined(framing.transferEncoding, value);
  }
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}

const KEPT_BYTES = 1_024;

/** Of a list that a peer has made longer nothing is kept. */
const KEPT_NUMBERS = 24;

const LONGEST_NEVER_FOLDED = 'transfer-encoding'.length;

/** A fold in one of these is how two parsers are made to disagree about a message's end or a client about where to go. */
const NEVER_FOLDED: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'location',
  'set-cookie',
]);

const CONNECTION = 0;
const KEEP_ALIVE = 1;
const CONTENT_LENGTH = 2;
const TRANSFER_ENCODING = 3;

/** As a number: they stand in one list with where their values are. */
type FramingName = number;

function framingName(buffer: Buffer, start: number, end: number): FramingName | undefined {
  switch (end - start) {
    case 10:
      if (isName(buffer, start, 'connection')) return CONNECTION;
      return isName(buffer, start, 'keep-alive') ? KEEP_ALIVE : undefined;
    case 14:
      return isName(buffer, start, 'content-length') ? CONTENT_LENGTH : undefined;
    case 17:
      return isName(buffer, start, 'transfer-encoding') ? TRANSFER_ENCODING : undefined;
    default:
      return undefined;
  }
}

/** Compares without regard to case. Only letters differ in bit 5 alone among the bytes of a token and these names. */
function isName(buffer: Buffer, start: number, lower: string): boolean {
  for (let at = 0; at < lower.length; at++) {
    if (((buffer[start + at] ?? 0) | 0x20) !== lower.charCodeAt(at)) return false;
  }
  return true;
}

function expectCr(buffer: Buffer, at: number, where: string): void {
  const byte = buffer[at] ?? 0;
  if (byte === CR) return;
  throw malformed(byte === LF ? `${where} ends in LF without CR` : `${shownByte(byte)} in ${where}`);
}

function expectLf(buffer: Buffer, at: number): void {
  const byte = buffer[at] ?? 0;
  if (byte !== LF) throw malformed(`CR is followed by ${shownByte(byte)}, not by LF`);
}
