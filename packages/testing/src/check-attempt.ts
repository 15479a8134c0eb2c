import type { TraceEvent } from '@roundtripper/core';

type Event<Kind extends TraceEvent['kind']> = Extract<TraceEvent, { readonly kind: Kind }>;

/** What tells of one attempt. */
export type AttemptEvent = Event<(typeof ATTEMPT_KINDS)[number]>;

export const ATTEMPT_KINDS = [
  'queueStart',
  'queueEnd',
  'gotConn',
  'wroteHeaders',
  'wait100Continue',
  'requestBodyStart',
  'wroteRequest',
  'gotFirstResponseByte',
  'got100Continue',
  'got1xxResponse',
  'gotResponse',
  'bodyStart',
  'bodyEnd',
  'leaseReleased',
  'putIdleConn',
] as const;

interface Rule {
  /** What has come before it. */
  readonly after: readonly AttemptEvent['kind'][];
  /** What has not: it would have been too late. */
  readonly before: readonly AttemptEvent['kind'][];
  readonly mayRepeat?: true;
}

/** The tree, one line for each event. */
const RULES: Readonly<Record<AttemptEvent['kind'], Rule>> = {
  queueStart: { after: [], before: ['gotConn'] },
  queueEnd: { after: ['queueStart'], before: ['gotConn'] },
  gotConn: { after: [], before: ['leaseReleased'] },
  wroteHeaders: { after: ['gotConn'], before: ['leaseReleased'] },
  wait100Continue: { after: ['wroteHeaders'], before: ['requestBodyStart', 'wroteRequest', 'leaseReleased'] },
  requestBodyStart: { after: ['wroteHeaders'], before: ['wroteRequest', 'leaseReleased'] },
  wroteRequest: { after: ['wroteHeaders'], before: ['leaseReleased'] },
  gotFirstResponseByte: { after: ['wroteHeaders'], before: ['leaseReleased'] },
  got100Continue: { after: ['wait100Continue', 'gotFirstResponseByte'], before: ['requestBodyStart', 'wroteRequest', 'gotResponse'] },
  got1xxResponse: { after: ['gotFirstResponseByte'], before: ['gotResponse', 'leaseReleased'], mayRepeat: true },
  gotResponse: { after: ['gotFirstResponseByte'], before: ['leaseReleased'] },
  bodyStart: { after: ['gotResponse'], before: ['leaseReleased'] },
  bodyEnd: { after: ['bodyStart'], before: ['leaseReleased'] },
  leaseReleased: { after: ['gotConn'], before: ['putIdleConn'] },
  putIdleConn: { after: ['leaseReleased'], before: [] },
};

/** What ends before the connection is given back. */
const OF_LEASE = [
  ['wroteHeaders', 'wroteRequest'],
  ['bodyStart', 'bodyEnd'],
] as const;

const PAIRS = [['queueStart', 'queueEnd'], ...OF_LEASE, ['gotConn', 'leaseReleased']] as const;

/** One attempt: from getConn on. */
export class AttemptChecker {
  readonly #fault: (fault: string) => void;
  readonly #seen = new Set<AttemptEvent['kind']>();
  #connection: number | undefined;
  #isInterimDue = false;

  constructor(fault: (fault: string) => void) {
    this.#fault = fault;
  }

  has(kind: AttemptEvent['kind']): boolean {
    return this.#seen.has(kind);
  }

  check(event: AttemptEvent): void {
    const { kind } = event;
    const { after, before, mayRepeat } = RULES[kind];
    if (this.#seen.has(kind) && mayRepeat !== true) this.#fault(`${kind} twice`);
    for (const one of after) if (!this.#seen.has(one)) this.#fault(`${kind} without ${one} before it`);
    for (const one of before) if (this.#seen.has(one)) this.#fault(`${kind} after ${one}`);
    // An abort may come between the two.
    const isEnd = kind === 'wroteRequest' && 'error' in event;
    if (this.#isInterimDue && kind !== 'got1xxResponse' && !isEnd) this.#fault(`${kind} between got100Continue and its got1xxResponse`);
    this.#isInterimDue = kind === 'got100Continue';
    this.#checkFacts(event);
    this.#seen.add(kind);
  }

  /** No more of it will come, but for what becomes of its connection. */
  finish(): void {
    for (const [start, end] of PAIRS) {
      if (this.#seen.has(start) && !this.#seen.has(end)) this.#fault(`${start} without ${end}`);
    }
  }

  #checkFacts(event: AttemptEvent): void {
    switch (event.kind) {
      case 'gotConn':
        if (this.#seen.has('queueStart') && !this.#seen.has('queueEnd')) this.#fault('gotConn in the queue');
        if (event.reused && event.dialledByAnother) this.#fault('gotConn of a connection that is both new and used');
        this.#connection = event.connection.id;
        break;
      case 'wroteRequest':
        if (event.bodyBytes > 0 !== this.#seen.has('requestBodyStart') && !('error' in event)) this.#fault('wroteRequest of another body');
        break;
      case 'leaseReleased':
        if (event.connection.id !== this.#connection) this.#fault('leaseReleased of another connection');
        for (const [start, end] of OF_LEASE) {
          if (this.#seen.has(start) && !this.#seen.has(end)) this.#fault(`leaseReleased before ${end}`);
        }
        break;
      case 'putIdleConn':
        if (event.connection.id !== this.#connection) this.#fault('putIdleConn of another connection');
        break;
      default:
    }
  }
}
