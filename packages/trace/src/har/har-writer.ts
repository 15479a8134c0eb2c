import { callSafely } from '../call-safely.ts';
import { documentEntries, documentHead } from './har-document.ts';
import type { HarCreator } from './har-format.ts';
import type { HarOutput } from './har-output.ts';

/** What became of the exchanges that a recorder has seen the end of. */
export interface HarStats {
  /** `full`: `maxBytes` was reached; `failed`: the file or stream could not be written to; `closed`: by `close()`. Nothing more is recorded in any of these. */
  readonly state: 'recording' | 'full' | 'failed' | 'closed';
  /** How many entries the document has. */
  readonly written: number;
  /** Bytes of the document, what ends it left out. */
  readonly bytes: number;
  readonly dropped: HarDropped;
}

/** How many exchanges are not in the document, and why. */
export interface HarDropped {
  /** The document would have become larger than `maxBytes`. */
  readonly full: number;
  /** More had ended than could be written in time. */
  readonly queue: number;
  /** The file or stream could not be written to. */
  readonly failed: number;
  /** `redact.entry` left them out, or threw. */
  readonly redacted: number;
}

/** What a {@link HarWriter} needs to know. */
export interface HarWriterOptions<Item> {
  /** Called when there is something to write, or at the end. */
  readonly open: () => Promise<HarOutput>;
  /** An entry as JSON; undefined to leave it out. */
  readonly toEntry: (item: Item) => Promise<string | undefined>;
  readonly creator: HarCreator;
  readonly maxBytes: number;
  readonly maxQueued: number;
  readonly onError: (error: unknown) => void;
}

/** Written in one call, made in one go: 32 take half a millisecond. */
const BATCH = 32;
/** Bytes that the foot with its comment takes at most. */
const FOOT_BYTES = 512;

/** Writes entries one batch after the other, beside the program. It never throws: what goes wrong is told to `onError` and ends the recording. */
export class HarWriter<Item> {
  readonly #options: HarWriterOptions<Item>;
  readonly #queue: Item[] = [];
  readonly #dropped: { -readonly [Why in keyof HarDropped]: number } = { full: 0, queue: 0, failed: 0, redacted: 0 };
  #state: HarStats['state'] = 'recording';
  #written = 0;
  #bytes = 0;
  #output: HarOutput | undefined;
  #flushing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: HarWriterOptions<Item>) {
    this.#options = options;
  }

  /** Whether what is added may be written. */
  get isRecording(): boolean {
    return this.#state === 'recording';
  }

  add(item: Item): void {
    switch (this.#state) {
      case 'recording':
        if (this.#queue.length >= this.#options.maxQueued) this.#dropped.queue += 1;
        else {
          this.#queue.push(item);
          this.#flushing ??= this.#flush();
        }
        break;
      case 'full':
      case 'failed':
        this.#dropped[this.#state] += 1;
        break;
      default:
    }
  }

  stats(): HarStats {
    return { state: this.#state, written: this.#written, bytes: this.#bytes, dropped: { ...this.#dropped } };
  }

  /** Writes what was added and ends the document. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #flush(): Promise<void> {
    // What a request leads to in this turn is told by then; and writing is nothing that it should wait for.
    await nextTurn();
    try {
      while (this.#state === 'recording' && this.#queue.length > 0) await this.#writeBatch(this.#queue.splice(0, BATCH));
    } catch (error) {
      await this.#fail(error);
    }
    this.#flushing = undefined;
  }

  async #writeBatch(items: readonly Item[]): Promise<void> {
    const entries: string[] = [];
    let bytes = 0;
    const head = this.#output === undefined ? documentHead(this.#options.creator) : '';
    for (const [at, item] of items.entries()) {
      const entry = await this.#entryOf(item);
      if (entry === undefined) continue;
      const entryBytes = Buffer.byteLength(entry) + SEPARATOR_BYTES;
      if (this.#bytes + Buffer.byteLength(head) + bytes + entryBytes + FOOT_BYTES > this.#options.maxBytes) {
        this.#becomeFull(items.length - at);
        break;
      }
      bytes += entryBytes;
      entries.push(entry);
    }
    await this.#append(head, entries);
  }

  async #append(head: string, entries: readonly string[]): Promise<void> {
    const text = entries.length === 0 ? head : head + documentEntries(entries, this.#written === 0);
    this.#output ??= await this.#options.open();
    try {
      await this.#output.append(text, this.#comment());
    } catch (error) {
      this.#dropped.failed += entries.length;
      throw error;
    }
    this.#written += entries.length;
    this.#bytes += Buffer.byteLength(text);
  }

  async #entryOf(item: Item): Promise<string | undefined> {
    try {
      const entry = await this.#options.toEntry(item);
      if (entry === undefined) this.#dropped.redacted += 1;
      return entry;
    } catch (error) {
      // Better none than one that nobody has looked through.
      this.#dropped.redacted += 1;
      callSafely(this.#options.onError, error);
      return undefined;
    }
  }

  /** No smaller one gets in after one that did not: what is in the document is all there was until then. */
  #becomeFull(count: number): void {
    this.#state = 'full';
    this.#dropped.full += count + this.#queue.splice(0).length;
  }

  /** The output is closed at once: whoever waits for the end of the program is not to find a file that is held open for nothing. */
  async #fail(error: unknown): Promise<void> {
    this.#state = 'failed';
    this.#dropped.failed += this.#queue.splice(0).length;
    callSafely(this.#options.onError, error);
    try {
      await this.#output?.close(this.#comment());
    } catch {
      // It has failed already, which was told.
    }
    this.#output = undefined;
  }

  async #end(): Promise<void> {
    await this.#flushing;
    if (this.#state === 'failed') return;
    try {
      // One without entries is a document too, and says that nothing happened.
      if (this.#output === undefined) await this.#append(documentHead(this.#options.creator), []);
      await this.#output?.close(this.#comment());
      this.#state = 'closed';
    } catch (error) {
      await this.#fail(error);
    }
  }

  #comment(): string {
    const { full, queue, failed, redacted } = this.#dropped;
    const reasons = [
      full > 0
        ? `${full} and all that came later, because the document would have become larger than maxBytes (${this.#options.maxBytes})`
        : '',
      queue > 0 ? `${queue} because more ended than could be written in time` : '',
      failed > 0 ? `${failed} and all that came later, because writing failed` : '',
      redacted > 0 ? `${redacted} because redact.entry left them out or threw` : '',
    ].filter((reason) => reason !== '');
    return reasons.length === 0 ? '' : `exchanges that are missing here: ${reasons.join('; ')}`;
  }
}

/** Between two entries: a comma and a line feed. */
const SEPARATOR_BYTES = 2;

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
