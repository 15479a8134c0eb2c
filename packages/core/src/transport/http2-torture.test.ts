import { FramePeer, RecordingTrace, TestClock, type FrameConversation, type ReceivedFrame } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { isInUse, send } from '../../test/exchanges.ts';
import { Random } from '../../test/hostile/fuzz/random.ts';
import { RoundTripError, type RoundTripErrorCode } from '../contract/round-trip-error.ts';
import { Transport } from './transport.ts';

/** What a request asks its server to do with it. */
const FATES = ['answer', 'answer', 'answer', 'answer', 'echo', 'echo', 'refuse', 'reset', 'cut', 'ignore', 'goaway', 'close'] as const;
type Fate = (typeof FATES)[number];

/** What may become of each, besides an abort. A connection that ends, or is left, may take others with it. */
const LOST: readonly RoundTripErrorCode[] = ['connection-closed', 'connection-reset', 'stale-connection', 'server-goaway', 'truncated'];
const OUTCOMES: Readonly<Record<Fate, readonly (RoundTripErrorCode | 'ok')[]>> = {
  answer: ['ok', ...LOST, 'stream-refused'],
  echo: ['ok', ...LOST, 'stream-refused'],
  refuse: [...LOST, 'stream-refused'],
  reset: [...LOST, 'stream-reset', 'stream-refused'],
  cut: [...LOST, 'stream-refused'],
  ignore: [...LOST, 'stream-refused'],
  goaway: ['ok', ...LOST, 'stream-refused'],
  close: [...LOST, 'stream-refused'],
};

function textOf(bytes: number): string {
  return Array.from({ length: Math.ceil(bytes / 6) }, (_, at) => String(at).padStart(6, '.'))
    .join('')
    .slice(0, bytes);
}

/** A server that does what it is asked, in its own time. */
class TorturePeer {
  readonly #server: FrameConversation;
  readonly #random: Random;
  readonly #fates = new Map<number, { readonly fate: Fate; readonly bytes: number; received: string }>();
  readonly #maxStreams: number;
  #isLeaving = false;

  constructor(server: FrameConversation, random: Random) {
    this.#server = server;
    this.#random = random;
    this.#maxStreams = 1 + random.below(8);
  }

  async run(): Promise<void> {
    void this.#server.settings({ MAX_CONCURRENT_STREAMS: this.#maxStreams, INITIAL_WINDOW_SIZE: this.#random.below(70_000) });
    void this.#server.settingsAck();
    for (;;) this.#on(await this.#server.nextFrame());
  }

  #on(frame: ReceivedFrame): void {
    switch (frame.type) {
      case 'SETTINGS':
        if (this.#random.below(4) === 0 && frame.ack) void this.#server.settings({ INITIAL_WINDOW_SIZE: this.#random.below(40_000) });
        break;
      case 'PING':
        if (!frame.ack) void this.#server.pingAck(frame.payload);
        break;
      case 'HEADERS':
        this.#begin(frame.streamId, frame.fields.find(([name]) => name === ':path')?.[1] ?? '');
        if (frame.endStream) this.#act(frame.streamId);
        else void this.#server.windowUpdate(frame.streamId, 70_000);
        break;
      case 'DATA': {
        const stream = this.#fates.get(frame.streamId);
        if (stream !== undefined) stream.received += frame.data.toString();
        if (frame.data.length > 0) void this.#server.windowUpdate(0, frame.data.length);
        if (frame.data.length > 0 && !frame.endStream) void this.#server.windowUpdate(frame.streamId, frame.data.length);
        if (frame.endStream) this.#act(frame.streamId);
        break;
      }
      case 'RST_STREAM':
        this.#fates.delete(frame.streamId);
        break;
      default:
    }
  }

  #begin(streamId: number, path: string): void {
    const [, name, bytes] = path.split('/');
    const fate = FATES.find((each) => each === name);
    if (fate === undefined) throw new Error(`a request that nobody made: ${path}`);
    if (this.#fates.size >= this.#maxStreams) void this.#server.reset(streamId, 'REFUSED_STREAM');
    else this.#fates.set(streamId, { fate, bytes: Number(bytes), received: '' });
  }

  /** The request is whole. */
  #act(streamId: number): void {
    const stream = this.#fates.get(streamId);
    if (stream === undefined) return;
    switch (stream.fate) {
      case 'answer':
        this.#answer(streamId, textOf(stream.bytes));
        break;
      case 'echo':
        this.#answer(streamId, stream.received);
        break;
      case 'goaway':
        if (!this.#isLeaving) void this.#server.goAway(streamId, 'NO_ERROR');
        this.#isLeaving = true;
        this.#answer(streamId, textOf(stream.bytes));
        break;
      case 'refuse':
        void this.#server.reset(streamId, 'REFUSED_STREAM');
        break;
      case 'reset':
        void this.#server.reset(streamId, 'INTERNAL_ERROR');
        break;
      case 'cut':
        void this.#server.headers(streamId, { ':status': '200' });
        void this.#server.data(streamId, 'half', { padding: 3 });
        void this.#server.reset(streamId, 'NO_ERROR');
        break;
      case 'close':
        this.#server.destroy();
        break;
      default:
        return;
    }
    this.#fates.delete(streamId);
  }

  #answer(streamId: number, text: string): void {
    const random = this.#random;
    if (random.below(3) === 0) void this.#server.headers(streamId, { ':status': '103' });
    const hasTrailers = random.below(3) === 0;
    const declared = random.below(2) === 0 ? {} : { 'content-length': String(text.length) };
    void this.#server.headers(streamId, { ':status': '200', ...declared });
    for (let at = 0; at < text.length;) {
      const part = text.slice(at, at + 1 + random.below(16_000));
      at += part.length;
      void this.#server.data(streamId, part, random.below(2) === 0 ? {} : { padding: random.below(256) });
    }
    if (hasTrailers) void this.#server.headers(streamId, { 'x-sum': String(text.length) }, { endStream: true });
    else void this.#server.data(streamId, '', { endStream: true });
  }
}

interface Attempt {
  readonly fate: Fate;
  readonly outcome: Promise<{ readonly text: string } | { readonly error: unknown }>;
  readonly expected: string;
}

/** Makes requests of all kinds, and gives some up. */
class Torturer {
  readonly #random: Random;
  readonly #transport: Transport;
  readonly #url: string;
  readonly recorder: RecordingTrace = new RecordingTrace();
  readonly #controllers: AbortController[] = [];

  constructor(random: Random, transport: Transport, url: string) {
    this.#random = random;
    this.#transport = transport;
    this.#url = url;
  }

  /** One request. */
  begin(): Attempt {
    const random = this.#random;
    const fate = FATES[random.below(FATES.length)] ?? 'answer';
    const bytes = random.below(2) === 0 ? random.below(200) : random.below(60_000);
    const controller = new AbortController();
    // Nobody answers these.
    if (fate === 'ignore' || random.below(6) === 0) this.#controllers.push(controller);
    const text = textOf(bytes);
    const isStream = random.below(2) === 0;
    const body = isStream ? () => ReadableStream.from([text.slice(0, bytes / 2), text.slice(bytes / 2)]) : text;
    const init = fate === 'echo' ? { method: 'POST', body } : {};
    const url = `${this.#url}/${fate}/${bytes}`;
    const response = send(this.#transport, url, { ...init, signal: controller.signal, trace: this.recorder.trace });
    const outcome = this.#read(response).then(
      (read) => ({ text: read }),
      (error: unknown) => ({ error }),
    );
    return { fate, outcome, expected: text };
  }

  /** Gives up those that are to be given up. */
  abort(): void {
    for (const controller of this.#controllers.splice(0)) controller.abort('enough');
  }

  async #read(pending: ReturnType<typeof send>): Promise<string> {
    const response = await pending;
    if (this.#random.below(2) === 0) return response.text();
    let text = '';
    for await (const chunk of response.chunks({ lent: true })) text += Buffer.from(chunk).toString();
    return text;
  }
}

/** Lets time and the loop go on until it is settled. @throws Error where it is not to be. */
async function settled<T>(promise: Promise<T>, clock: TestClock, meanwhile: () => void): Promise<T> {
  const state = { isOver: false };
  const over = promise.finally(() => {
    state.isOver = true;
  });
  for (let turn = 0; !state.isOver; turn++) {
    if (turn === 20_000) throw new Error('something waits for ever');
    await new Promise(setImmediate);
    if (turn % 10 === 9) meanwhile();
    if (turn % 5 === 4) await clock.advance(10);
  }
  return over;
}

function codeOf(error: unknown): unknown {
  return error instanceof RoundTripError ? error.code : error;
}

describe('many requests at once to servers that do all that they may', () => {
  test.for([1, 2, 3, 4])('each comes to its end, and nothing is left (seed %i)', async (seed) => {
    const random = new Random(seed);
    const clock = new TestClock();
    const peer = await FramePeer.listen(async (server) => {
      // It ends with its connection.
      await new TorturePeer(server, random).run().catch(() => {});
    });
    await using _peer = peer;
    await using transport = new Transport({
      clock,
      protocols: { http1: false, unencryptedHttp2: true },
      maxConnsPerHost: random.below(2) === 0 ? 3 : 0,
      http2: { strictMaxConcurrentStreams: random.below(2) === 0, maxReceiveBufferPerConnection: 200_000 },
    });
    const torturer = new Torturer(random, transport, peer.url);
    for (let round = 0; round < 6; round++) {
      const attempts = Array.from({ length: 30 }, () => torturer.begin());
      const outcomes = await settled(Promise.all(attempts.map(({ outcome }) => outcome)), clock, () => torturer.abort());
      for (const [at, { fate, expected }] of attempts.entries()) {
        const outcome = outcomes[at] ?? { error: 'nothing' };
        if ('text' in outcome) expect([fate, outcome.text === expected]).toEqual([fate, true]);
        const code = 'text' in outcome ? 'ok' : codeOf(outcome.error);
        if (code !== 'enough') expect(OUTCOMES[fate], `${fate}: ${String(code)}`).toContain(code);
      }
      const [stats] = transport.stats();
      expect(stats).toMatchObject({ busy: 0, waiting: 0 });
    }
    await settled(transport.close(), clock, () => {});
    expect(transport.stats().filter(isInUse)).toEqual([]);
    await peer.whenOpenConnections(0);
  });
});
