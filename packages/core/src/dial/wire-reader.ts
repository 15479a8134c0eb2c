import type { Wire, WireReceiver } from '../wire/wire.ts';
import { describeError } from './describe-error.ts';
import { type ProxyError, proxyFailed } from './proxy-error.ts';

/** What may wait to be read before more comes. No proxy says so much unasked, and its answer has limits of its own, where it is read. */
const MAX_UNREAD_BYTES = 65_536;

/** Reads from a wire by asking, for the few words with a proxy before anything is fed. */
export class WireReader implements WireReceiver {
  readonly #wire: Wire;
  #unread: Buffer = Buffer.alloc(0);
  #ended: ProxyError | undefined;
  #wake: (() => void) | undefined;
  #isDone = false;

  constructor(wire: Wire) {
    this.#wire = wire;
    wire.attach(this);
  }

  /** What has come and was not read, at least a byte. @throws ProxyError when the wire ends before it. */
  async some(): Promise<Buffer> {
    while (this.#unread.length === 0) await this.#more();
    return this.#take(this.#unread.length);
  }

  /** Exactly so many bytes. @throws ProxyError when the wire ends before them. */
  async read(bytes: number): Promise<Buffer> {
    while (this.#unread.length < bytes) await this.#more();
    return this.#take(bytes);
  }

  /** The words are over: whoever comes next has the wire. @throws ProxyError where the proxy has said more than it was asked. */
  finish(): void {
    // TLS and HTTP have the client speak first: what is here already comes from the proxy, and would pass for the origin's.
    if (this.#unread.length > 0) throw proxyFailed(`it sent ${this.#unread.length} bytes before the origin was spoken to`);
    if (this.#ended !== undefined) throw this.#ended;
    this.#isDone = true;
  }

  onData(buffer: Buffer, length: number): void {
    if (this.#isDone || this.#unread.length > MAX_UNREAD_BYTES) {
      this.#ended ??= proxyFailed(`it sent more than ${MAX_UNREAD_BYTES} bytes that nobody had asked for`);
      this.#wire.destroy();
      return;
    }
    this.#unread = Buffer.concat([this.#unread, buffer.subarray(0, length)]);
    this.#wake?.();
  }

  onEnd(): void {
    this.#end(undefined);
  }

  onDrain(): void {}

  onClose(error: Error | undefined): void {
    this.#end(error);
  }

  #end(error: Error | undefined): void {
    const how = error === undefined ? 'it closed the connection' : `the connection was lost: ${describeError(error)}`;
    this.#ended ??= proxyFailed(`${how} before its answer was whole`, error === undefined ? {} : { cause: error });
    this.#wake?.();
  }

  async #more(): Promise<void> {
    if (this.#ended !== undefined) throw this.#ended;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  #take(bytes: number): Buffer {
    const taken = this.#unread.subarray(0, bytes);
    this.#unread = this.#unread.subarray(bytes);
    return taken;
  }
}
