import { roundTripper, type HttpRequest, type HttpResponse, type Middleware, type RoundTripper } from '@roundtripper/core';

import { secretNames, type SecretNames } from '../secret-names.ts';
import { harEntry } from './har-entry.ts';
import { HarExchange } from './har-exchange.ts';
import { callingInitiator } from './har-initiator.ts';
import { resolveHarOptions, type HarRecorderOptions, type ResolvedHarOptions } from './har-options.ts';
import { harStream, openHarFile, type HarOutput } from './har-output.ts';
import { HarWriter, type HarStats } from './har-writer.ts';

/** A middleware that writes down what passes it. Chains that are composed with the same one are written to the same document. */
export interface HarRecorder extends Middleware, AsyncDisposable {
  /**
   * Ends the document: what is under way is written as far as it has come, and nothing is recorded any more, while requests go on. Idempotent. It does not
   * reject: what goes wrong is told to `onError`, and seen in `stats()`.
   */
  close(): Promise<void>;
  stats(): HarStats;
}

/**
 * Records requests as a HAR 1.2 document, which Chrome DevTools and many other tools can open, while the program runs. List it next to the Transport to record
 * each attempt of a retry and what is really sent; list it first to record what the program sees.
 *
 * What is known to be secret by its name is not written: credentials and cookies in header fields, tokens, keys and signatures in URLs, forms and JSON.
 * Bodies are not written unless asked for. A secret in a path, or in a body of another kind, has no name: see `redact.entry`.
 *
 * A file is a whole document whenever it is not being written to: whatever ends the process, what ended before is in it. Should it have ended within a write,
 * `repairHar` makes the document whole. Requests wait for nothing here, and do not fail by it.
 * @throws TypeError naming each option that is unknown or invalid.
 */
export function harRecorder(options: HarRecorderOptions): HarRecorder {
  const recording = new HarRecording(resolveHarOptions(options));
  const middleware: Middleware = (next) => roundTripper((request) => recording.roundTrip(request, next));
  return Object.assign(middleware, {
    close: () => recording.close(),
    stats: () => recording.stats(),
    [Symbol.asyncDispose]: () => recording.close(),
  });
}

/** So many are remembered while they are under way. Of responses that nobody reads the end may never be told. */
const MAX_UNDER_WAY = 10_000;

class HarRecording {
  readonly #options: ResolvedHarOptions & { readonly secretNames: SecretNames; readonly keepHeaders: boolean };
  readonly #writer: HarWriter<HarExchange>;
  readonly #underWay = new Set<HarExchange>();
  #isClosing = false;

  constructor(options: ResolvedHarOptions) {
    // Of a record only what is no text is used.
    this.#options = { ...options, secretNames: secretNames([], []), keepHeaders: false };
    this.#writer = new HarWriter({
      ...options,
      open: () => openOutput(options.target),
      toEntry: (exchange) => this.#toEntry(exchange),
    });
  }

  async roundTrip(request: HttpRequest, next: RoundTripper): Promise<HttpResponse> {
    if (this.#isClosing || !this.#writer.isRecording) return next.roundTrip(request);
    const exchange = this.#begin(request);
    let response: HttpResponse;
    try {
      response = await next.roundTrip(exchange.listeningRequest());
    } catch (error) {
      exchange.failed(error);
      throw error;
    }
    return exchange.answered(response);
  }

  stats(): HarStats {
    return this.#writer.stats();
  }

  close(): Promise<void> {
    this.#isClosing = true;
    for (const exchange of this.#underWay) this.#ended(exchange);
    return this.#writer.close();
  }

  #begin(request: HttpRequest): HarExchange {
    const initiator = this.#options.hasInitiator ? callingInitiator() : undefined;
    const exchange = new HarExchange(request, this.#options, initiator, (ended) => this.#ended(ended));
    this.#underWay.add(exchange);
    const [oldest] = this.#underWay.size > MAX_UNDER_WAY ? this.#underWay : [];
    if (oldest !== undefined) this.#ended(oldest);
    return exchange;
  }

  /** Once: one that was written as it was is no longer under way. */
  #ended(exchange: HarExchange): void {
    if (this.#underWay.delete(exchange)) this.#writer.add(exchange);
  }

  async #toEntry(exchange: HarExchange): Promise<string | undefined> {
    const facts = await exchange.facts();
    exchange.letGo();
    const entry = this.#options.reviewEntry(harEntry(facts, this.#options.redaction));
    return entry === undefined ? undefined : JSON.stringify(entry);
  }
}

async function openOutput(target: ResolvedHarOptions['target']): Promise<HarOutput> {
  return target.kind === 'file' ? openHarFile(target.path) : harStream(target.stream);
}
