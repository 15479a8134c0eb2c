import type { Clock } from '../src/contract/clock.ts';
import type { Wire, WireInfo, WireReceiver } from '../src/wire/wire.ts';

/** How a call fails: it throws (or ends in order, where it is the peer's), the connection dies with it, or nothing comes of it, ever. */
export type Fault = 'throws' | 'dies' | 'silent';

/** Has the call of that number fail, counted over all calls that can. */
export class Torture {
  /** How many there were. */
  calls = 0;
  readonly #at: number;
  readonly #fault: Fault;

  constructor(at: number, fault: Fault) {
    this.#at = at;
    this.#fault = fault;
  }

  /** To be asked by each call that can fail. @returns how it is to, if it is. */
  next(): Fault | undefined {
    this.calls += 1;
    return this.calls === this.#at ? this.#fault : undefined;
  }
}

/** What a peer says to a request: each piece comes by itself. */
export type Answer = (head: string) => readonly string[];

/** A wire to a peer that answers each request once it is whole, or asks for its body; and that fails when it is told to. */
export class TorturedWire implements Wire {
  readonly info: WireInfo = { remoteAddress: '127.0.0.1', remotePort: 80, localAddress: '127.0.0.1', localPort: 40_000, tls: undefined };
  isDestroyed = false;
  framedWrites = 0;
  readonly #torture: Torture;
  readonly #clock: Clock;
  readonly #answer: Answer;
  #receiver: WireReceiver | undefined;
  /** Of the request that comes, what there is of it. */
  #request = '';
  #hasAskedOn = false;
  /** What the peer will say still. */
  readonly #pieces: string[] = [];
  #isPaused = false;
  #isSilent = false;
  #isOver = false;

  constructor(torture: Torture, clock: Clock, answer: Answer) {
    this.#torture = torture;
    this.#clock = clock;
    this.#answer = answer;
  }

  attach(receiver: WireReceiver): void {
    this.#receiver = receiver;
  }

  /** It always says that it is full, and that there is room a little later. */
  write(data: string | Uint8Array): boolean {
    if (this.isDestroyed) return false;
    const fault = this.#torture.next();
    if (fault === 'throws') throw new Error('the write failed');
    if (fault === 'dies') this.#later(() => this.close(new Error('EPIPE')));
    if (fault !== undefined) return false;
    this.#request += typeof data === 'string' ? data : Buffer.from(data).toString('latin1');
    this.#later(() => {
      this.#receiver?.onDrain();
      this.#read();
    });
    return false;
  }

  writeFramed(before: string, body: Uint8Array, after: string): boolean {
    this.framedWrites += 1;
    return this.write(`${before}${Buffer.from(body).toString('latin1')}${after}`);
  }

  endSending(): void {
    // No request here is a tunnel.
  }

  gather(): void {
    // Each write is told by itself here.
  }

  allowHalfOpen(): void {
    // As above.
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#sayNext();
  }

  setActive(): void {
    // There is no process to keep alive.
  }

  destroy(): void {
    this.isDestroyed = true;
    this.#later(() => this.close(undefined));
  }

  close(error: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.isDestroyed = true;
    this.#receiver?.onClose(error);
  }

  /** The peer reads. */
  #read(): void {
    const headEnd = this.#request.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const head = this.#request.slice(0, headEnd);
    if (/^expect: 100-continue$/im.test(head) && !this.#hasAskedOn) {
      this.#hasAskedOn = true;
      this.#say(['HTTP/1.1 100 Continue\r\n\r\n']);
    }
    if (!isWhole(head, this.#request.slice(headEnd + 4))) return;
    this.#request = '';
    this.#hasAskedOn = false;
    this.#say(this.#answer(head));
  }

  #say(pieces: readonly string[]): void {
    const isIdle = this.#pieces.length === 0;
    this.#pieces.push(...pieces);
    if (isIdle) this.#sayNext();
  }

  #sayNext(): void {
    this.#later(() => {
      if (this.#isPaused || this.isDestroyed || this.#isSilent) return;
      const piece = this.#pieces.shift();
      if (piece === undefined) return;
      const fault = this.#torture.next();
      if (fault === undefined) {
        const bytes = Buffer.from(piece, 'latin1');
        this.#receiver?.onData(bytes, bytes.length);
        this.#sayNext();
      } else if (fault === 'silent') this.#isSilent = true;
      else {
        if (fault === 'throws') this.#receiver?.onEnd();
        this.close(fault === 'throws' ? undefined : new Error('ECONNRESET'));
      }
    });
  }

  #later(callback: () => void): void {
    this.#clock.after(1, callback);
  }
}

function isWhole(head: string, body: string): boolean {
  if (/^transfer-encoding: chunked$/im.test(head)) return body.endsWith('0\r\n\r\n');
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  return body.length >= Number(length ?? 0);
}
