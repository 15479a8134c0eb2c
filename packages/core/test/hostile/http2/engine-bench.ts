import { frames, TestClock } from '@roundtripper/testing';

import type { ConnectionOwner } from '../../../src/contract/connection.ts';
import { Http2Connection } from '../../../src/h2/connection.ts';
import { FRAME } from '../../../src/h2/frame-type.ts';
import type { Http2Options } from '../../../src/h2/http2-options.ts';
import { FakeWire } from '../../fake-wire.ts';
import { http2EngineOptions } from '../../http2-engine-options.ts';
import { BenchExchange, type ExchangeInit } from './bench-exchange.ts';
import { dataBytes, framesOf, inWords, PREFACE, updatedBytes, type RawFrame } from './written-frames.ts';

/** What a peer begins with: its SETTINGS, and that it has ours. */
export const HELLO: string = textOf([frames.settings(), frames.settingsAck()]);

/** An HTTP/2 connection over a wire worked by hand, on a clock that the test moves, whose turns end when the test says so: after each call here. */
export class EngineBench implements ConnectionOwner {
  readonly wire: FakeWire = new FakeWire();
  readonly clock: TestClock = new TestClock();
  readonly connection: Http2Connection;
  readonly exchanges: BenchExchange[] = [];
  /** How often its owner was told of a change. */
  changes = 0;
  #fed = '';
  readonly #turnEnds: (() => void)[] = [];
  readonly #windowBytes: number;
  readonly #written: RawFrame[] = [];
  #readBytes = PREFACE.length;

  constructor(options: Partial<Http2Options> = {}) {
    const info = { id: 1, origin: 'http://peer.test', protocol: 'h2', ...this.wire.info } as const;
    const all = http2EngineOptions(this.clock, (callback) => void this.#turnEnds.push(callback), options);
    this.#windowBytes = all.connectionWindowBytes;
    this.connection = new Http2Connection(this.wire, info, all, {
      owner: this,
      listener: undefined,
      streamLimit: { assumed: 100, told: () => {} },
    });
    this.endTurn();
    if (!this.wire.written.startsWith(PREFACE)) throw new Error('a client begins with its preface');
  }

  onChange(): void {
    this.changes += 1;
  }

  /** Begins an exchange. */
  send(init: ExchangeInit = {}): BenchExchange {
    const exchange = new BenchExchange(this.connection, init);
    exchange.response.catch(() => {});
    this.exchanges.push(exchange);
    exchange.begin(init);
    this.endTurn();
    return exchange;
  }

  /** The peer says this. @throws whatever leaves the callback of a socket. */
  feed(bytes: string | Uint8Array): void {
    const text = textOf([bytes]);
    this.#fed += text;
    if (text !== '' && !this.wire.isDestroyed) this.wire.feed(text);
    this.endTurn();
  }

  endTurn(): void {
    for (const callback of this.#turnEnds.splice(0)) callback();
  }

  /** All that was written, but for the preface. */
  get written(): readonly RawFrame[] {
    const { frames: more, rest } = framesOf(this.wire.written.slice(this.#readBytes));
    if (rest !== '') throw new Error(`${rest.length} bytes that were written are no frame`);
    this.#readBytes = this.wire.written.length;
    this.#written.push(...more);
    return this.#written;
  }

  /** The same in words, without SETTINGS, requests and window updates. */
  get said(): string[] {
    return this.written.filter(({ type, flags }) => !isUsual(type, flags)).map(inWords);
  }

  /** What the peer may send of DATA, as it counts. */
  get peerWindow(): number {
    return 65_535 + updatedBytes(this.written, 0) - dataBytes(framesOf(this.#fed).frames);
  }

  /** Whether every byte that came was given back, and will be told: after the next update nothing must be missing. @throws Error */
  async expectFullWindow(): Promise<void> {
    const { exchange, streamId } = this.begin({ path: '/window', signal: null });
    this.feed(frames.headers(streamId, { ':status': '200' }));
    await exchange.response;
    // Its reader comes now.
    await new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
    const before = updatedBytes(this.written, 0);
    const chunk = Math.min(16_384, this.#windowBytes);
    for (let sent = 0; updatedBytes(this.written, 0) === before && sent <= this.#windowBytes; sent += chunk) {
      this.feed(frames.data(streamId, Buffer.alloc(chunk)));
    }
    if (this.peerWindow !== this.#windowBytes) throw new Error(`the peer may send ${this.peerWindow} of ${this.#windowBytes} bytes`);
    this.feed(frames.data(streamId, '', { endStream: true }));
    await exchange.seen;
  }

  /** An exchange on the next stream. */
  begin(init: ExchangeInit = {}): { readonly exchange: BenchExchange; readonly streamId: number } {
    const exchange = this.send(init);
    const streamId = this.written.findLast(({ type }) => type === FRAME.HEADERS)?.streamId ?? 0;
    return { exchange, streamId };
  }

  /** Ends it, and all that it waits for. @throws Error for what is left behind. */
  async end(): Promise<void> {
    this.connection.close('transport-closed');
    this.endTurn();
    if (!this.wire.isDestroyed) await this.clock.advance(250);
    if (!this.wire.isDestroyed) throw new Error('the wire is open still');
    this.wire.close();
    this.endTurn();
    await Promise.all(this.exchanges.map(({ seen }) => seen));
    for (const [at, { told, released }] of this.exchanges.entries()) {
      if (told !== 1) throw new Error(`exchange ${at} was told ${told} outcomes`);
      if (released !== 1) throw new Error(`the lease of exchange ${at} was given back ${released} times`);
    }
    if (this.clock.pendingTimers !== 0) throw new Error(`${this.clock.pendingTimers} timers are left`);
    if (this.connection.capacity !== 0) throw new Error('it would take another exchange');
  }
}

const USUAL: ReadonlySet<number> = new Set([FRAME.HEADERS, FRAME.CONTINUATION, FRAME.DATA, FRAME.WINDOW_UPDATE]);

function isUsual(type: number, flags: number): boolean {
  return USUAL.has(type) || (type === FRAME.SETTINGS && flags === 0);
}

/** Frames as text, a character a byte. */
export function textOf(parts: readonly (Uint8Array | string)[]): string {
  return parts.map((part) => (typeof part === 'string' ? part : latin1(part))).join('');
}

/** A whole answer. */
export function answerOn(streamId: number, body = 'ok', status = '200'): string {
  return textOf([frames.headers(streamId, { ':status': status }), frames.data(streamId, body, { endStream: true })]);
}

function latin1({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}
