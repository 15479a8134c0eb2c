import type { Timer } from '../contract/clock.ts';
import { deadline } from '../contract/deadline.ts';
import type { Wire } from '../wire/wire.ts';
import { ByteWriter, recycle } from './byte-writer.ts';
import type { Http2Options } from './http2-options.ts';
import { ConnectionError } from './http2-error.ts';

type OutboxOptions = Pick<Http2Options, 'atTurnEnd' | 'atTickEnd' | 'clock' | 'writeTimeoutMs' | 'maxQueuedAnswers'>;

/** Told what becomes of what was written. */
export interface OutboxEvents {
  /** There is room for more DATA. */
  onRoom(): void;
  /** The wire has taken nothing for too long. */
  onStall(): void;
}

/** What of DATA is written before the turn ends: four such writes cost the system half of what sixteen of a quarter do. */
const GATHERED_BYTES = 262_144;
/** The same where it is watched whether the wire takes anything: it is given no more at a time than it can be seen to take. */
const WATCHED_BYTES = 65_536;
/** From here on waiting for more brings nothing: an upload through windows of 64 KiB over TLS costs 10 % more where it waits for the turn's end. */
const PROMPT_BYTES = 16_384;

/** Frames on their way out: those of a turn leave in one write, which is three times as cheap as one each where the server is fast. */
export class Outbox {
  readonly writer: ByteWriter = new ByteWriter();
  readonly #wire: Wire;
  readonly #options: OutboxOptions;
  readonly #events: OutboxEvents;
  readonly #gatheredBytes: number;
  #isScheduled = false;
  #isPrompt = false;
  #isBlocked = false;
  /** Whether the connection is over. */
  #isOver = false;
  #answers = 0;
  #timer: Timer | undefined;

  constructor(wire: Wire, options: OutboxOptions, events: OutboxEvents) {
    this.#wire = wire;
    this.#options = options;
    this.#events = events;
    this.#gatheredBytes = options.writeTimeoutMs > 0 ? WATCHED_BYTES : GATHERED_BYTES;
  }

  /** Whether DATA may be written. Other frames always may. */
  get hasRoom(): boolean {
    return !this.#isBlocked && this.writer.length < this.#gatheredBytes;
  }

  /** Something was written: it leaves at the end of the turn or, once it is worth a write of its own, of the tick. */
  schedule(): void {
    if (this.#isBlocked) return;
    if (this.writer.length >= PROMPT_BYTES && !this.#isPrompt) {
      this.#isPrompt = true;
      this.#options.atTickEnd(this.#atTickEnd);
    }
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.atTurnEnd(this.#atTurnEnd);
  }

  /** An answer was written, which the peer can have as many of as it likes. @throws ConnectionError where it does not take them. */
  answered(): void {
    this.provoked();
    this.checkAnswers();
  }

  /** As {@link answered}, where nothing may be thrown: whoever feeds the connection asks {@link checkAnswers}. */
  provoked(): void {
    this.#answers += 1;
    this.schedule();
  }

  /** @throws ConnectionError where the peer does not take our answers. */
  checkAnswers(): void {
    const { maxQueuedAnswers } = this.#options;
    if (this.#answers <= maxQueuedAnswers) return;
    const message = `the peer has us answer more than ${maxQueuedAnswers} times and does not read it (http2.maxQueuedAnswers)`;
    throw new ConnectionError('ENHANCE_YOUR_CALM', message);
  }

  /** At once. */
  flush(): void {
    if (this.#isOver || this.#isBlocked || this.writer.length === 0) return;
    this.#answers = 0;
    const { buffer } = this.writer;
    if (this.#wire.write(this.writer.take(), () => recycle(buffer))) return;
    this.#isBlocked = true;
    const { clock, writeTimeoutMs } = this.#options;
    if (writeTimeoutMs > 0) this.#timer = deadline(clock, writeTimeoutMs, () => this.#events.onStall());
  }

  /** The wire has room again. */
  onDrain(): void {
    this.#timer?.cancel();
    this.#isBlocked = false;
    this.#atTurnEnd();
  }

  /** Nothing more is sent, what was put off to the end of the turn neither, and nothing waited for. */
  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  readonly #atTickEnd = (): void => {
    this.#isPrompt = false;
    this.#send();
  };

  readonly #atTurnEnd = (): void => {
    this.#isScheduled = false;
    this.#send();
  };

  #send(): void {
    this.flush();
    if (this.hasRoom) this.#events.onRoom();
  }
}
