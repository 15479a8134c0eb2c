import type { TraceEvent } from '@roundtripper/core';

import { ATTEMPT_KINDS, AttemptChecker, type AttemptEvent } from './check-attempt.ts';
import { DialChecker, type DialEvent } from './check-dials.ts';

/**
 * What is wrong with the events of one request, by the tree that `TraceEvent` documents: an order that cannot be, a start without its end, an end without its start.
 * @param events All that its listener heard, in order, from its first `getConn` to its end and that of its dials; of several attempts one after another.
 * @returns sentences with the number of the event; none where nothing is wrong.
 */
export function checkTree(events: readonly TraceEvent[]): readonly string[] {
  const checker = new TreeChecker();
  for (const event of events) checker.check(event);
  return checker.finish();
}

class TreeChecker {
  readonly #faults: string[] = [];
  readonly #closed = new Set<number>();
  readonly #dials: DialChecker;
  #attempt: AttemptChecker | undefined;
  /** Whether the attempt was followed by word that another one comes. */
  #isNextAllowed = true;
  #hasFailed = false;
  #at = -1;

  constructor() {
    this.#dials = new DialChecker((fault) => this.#fault(fault));
  }

  check(event: TraceEvent): void {
    this.#at += 1;
    if (isOfAttempt(event)) this.#checkAttempt(event);
    else this.#checkOther(event);
  }

  finish(): readonly string[] {
    this.#at += 1;
    this.#attempt?.finish();
    this.#dials.finish();
    if (this.#attempt !== undefined && !this.#isNextAllowed && !this.#hasFailed && !this.#attempt.has('bodyEnd')) {
      this.#fault('neither requestFailed nor bodyEnd');
    }
    return this.#faults;
  }

  #checkAttempt(event: AttemptEvent): void {
    if (this.#attempt === undefined) this.#fault(`${event.kind} before getConn`);
    else if (this.#hasFailed) this.#fault(`${event.kind} after requestFailed`);
    this.#attempt?.check(event);
  }

  #checkOther(event: Exclude<TraceEvent, AttemptEvent>): void {
    switch (event.kind) {
      case 'getConn':
        if (!this.#isNextAllowed) this.#fault('getConn again, and nobody said so');
        this.#attempt?.finish();
        this.#attempt = new AttemptChecker((fault) => this.#fault(fault));
        this.#isNextAllowed = false;
        this.#hasFailed = false;
        break;
      case 'resend':
        if (this.#hasFailed || this.#attempt?.has('bodyStart') === true) this.#fault('resend of what has an end');
        this.#isNextAllowed = true;
        break;
      case 'retry':
      case 'redirect':
        this.#isNextAllowed = true;
        break;
      case 'requestFailed':
        this.#onFailed();
        break;
      case 'connClosed':
        if (this.#closed.has(event.connection.id)) this.#fault(`connection ${event.connection.id} was closed twice`);
        this.#closed.add(event.connection.id);
        break;
      case 'cacheDecision':
      case 'retryStopped':
      case 'hedge':
      case 'hedgeEnd':
      case 'circuitChange':
      case 'limitWaitStart':
      case 'limitWaitEnd':
      case 'refused':
      case 'gotGoAway':
      case 'gotGlitch':
      case 'receiveBufferFull':
        break;
      default:
        this.#checkDial(event);
    }
  }

  #onFailed(): void {
    if (this.#hasFailed) this.#fault('requestFailed twice');
    if (this.#attempt?.has('bodyStart') === true && !this.#isNextAllowed) this.#fault('requestFailed, and there was an answer');
    this.#attempt?.finish();
    this.#hasFailed = true;
  }

  #checkDial(event: DialEvent): void {
    if (event.kind === 'dialStart' && this.#attempt?.has('queueStart') !== true) this.#fault('dialStart without queueStart before it');
    this.#dials.check(event);
  }

  #fault(fault: string): void {
    this.#faults.push(`event ${this.#at}: ${fault}`);
  }
}

const OF_ATTEMPT: ReadonlySet<string> = new Set(ATTEMPT_KINDS);

function isOfAttempt(event: TraceEvent): event is AttemptEvent {
  return OF_ATTEMPT.has(event.kind);
}
