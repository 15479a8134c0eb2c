import { RecordingTrace, type Fault, type ScriptedResponse } from '@roundtripper/testing';

import { HttpRequest, type HttpRequestInit } from '../src/contract/http-request.ts';
import type { HttpResponse } from '../src/contract/http-response.ts';
import type { TraceEvent } from '../src/contract/trace-event.ts';
import type { Transport } from '../src/transport/transport.ts';
import type { Random } from './hostile/fuzz/random.ts';

/** No resets of connections: Node leaves a socket open that is reset while it ends (EINVAL), which an abort at the same time may bring about. */
const FAULTS: readonly Fault[] = [
  'never-answer',
  'close-before-response',
  'garbage',
  'truncate-body',
  'stall-body',
  'close-after-response',
  { kind: 'close-idle', after: 1 },
];

const HTTP2_FAULTS: readonly Fault[] = [
  { kind: 'reset-stream', at: 'start', code: 'REFUSED_STREAM' },
  { kind: 'reset-stream', at: 'start', code: 'INTERNAL_ERROR' },
  { kind: 'reset-stream', at: 'body', code: 'CANCEL' },
];

const GOAWAYS: readonly Fault[] = [{ kind: 'go-away', lastStreamId: 1 }, { kind: 'go-away' }];

/** An answer of any kind: half of them are as they should be. */
export function randomAnswer(random: Random, isHttp2: boolean): ScriptedResponse {
  // At once: a session that the client has closed meanwhile can say nothing.
  if (isHttp2 && random.below(10) === 0) return { when: 'request-head', fault: random.pick(GOAWAYS) };
  return {
    ...random.pick<ScriptedResponse>([
      { status: 200, body: 'text' },
      { status: 503, body: ['in', 'parts'] },
      { status: 200, body: 'x'.repeat(100_000) },
      { status: 200 },
      { status: 204 },
    ]),
    when: random.pick(['request-end', 'request-end', 'request-head']),
    headDelay: random.pick([0, 1, 5]),
    bodyDelay: random.pick([0, 0, 1]),
    fault: random.below(2) === 0 ? undefined : random.pick(isHttp2 ? [...FAULTS, ...HTTP2_FAULTS] : FAULTS),
  };
}

const BODIES: readonly ((random: Random) => HttpRequestInit)[] = [
  () => ({}),
  () => ({}),
  () => ({ method: 'POST', body: 'text' }),
  () => ({ method: 'PUT', body: 'x'.repeat(200_000) }),
  () => ({ method: 'POST', body: '' }),
  () => ({ method: 'POST', body: streamOf(['some', 'text']) }),
  () => ({ method: 'GET', body: streamOf([]) }),
  (random) => ({ method: 'POST', body: failing(random.below(3)) }),
  () => ({ method: 'POST', body: 'text', headers: { Expect: '100-continue' } }),
  () => ({ method: 'POST', body: streamOf(['te', 'xt']), headers: { Expect: '100-continue' } }),
  () => ({ close: true }),
];

/** When it is aborted: within the event of that number, after so many turns of the event loop, or never. */
type Abort =
  | { readonly kind: 'at-event'; readonly at: number }
  | { readonly kind: 'after'; readonly turns: number }
  | { readonly kind: 'never' };

/** One request that is sent, aborted and read by chance. */
export class RandomExchange {
  readonly recorder: RecordingTrace;
  readonly #controller = new AbortController();
  readonly #random: Random;
  readonly #abort: Abort;

  /** @param onEvent Called with each event, before anything comes of it. */
  constructor(random: Random, onEvent: (event: TraceEvent) => void) {
    this.#random = random;
    this.#abort = abortOf(random);
    this.recorder = new RecordingTrace((event) => {
      onEvent(event);
      if (this.#abort.kind === 'at-event' && this.recorder.events.length === this.#abort.at) this.#controller.abort('enough');
    });
  }

  /** Resolves when it is over, however. */
  async run(transport: Transport, url: string): Promise<void> {
    const init = this.#random.pick(BODIES)(this.#random);
    if (this.#abort.kind === 'after') void this.#abortAfter(this.#abort.turns);
    try {
      const request = new HttpRequest(url, { ...init, trace: this.recorder.trace, signal: this.#controller.signal });
      await this.#read(await transport.roundTrip(request));
    } catch {
      // That it fails is what this is about.
    }
  }

  async #read(response: HttpResponse): Promise<void> {
    switch (this.#random.below(4)) {
      case 0:
        await response.dispose();
        break;
      case 1:
        for await (const _chunk of response.chunks()) break;
        break;
      default:
        await response.text();
    }
  }

  async #abortAfter(turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
    this.#controller.abort('enough');
  }
}

function abortOf(random: Random): Abort {
  switch (random.below(4)) {
    case 0:
      return { kind: 'at-event', at: 1 + random.below(24) };
    case 1:
      return { kind: 'after', turns: random.below(40) };
    default:
      return { kind: 'never' };
  }
}

function streamOf(chunks: readonly string[]): ReadableStream<string> {
  return ReadableStream.from(chunks);
}

async function* failing(after: number): AsyncGenerator<string> {
  for (let at = 0; at < after; at++) yield 'text';
  throw new Error('the body failed');
}
