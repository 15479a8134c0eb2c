import { roundTripper, type CloseReason, type Middleware, type TraceEvent } from '@roundtripper/core';

import type { OriginReuse, ReuseReport } from './reuse-report.ts';
import { listening } from './trace.ts';

/** A middleware that counts what becomes of connections. */
export interface ReuseMeter extends Middleware {
  /** What was counted since the meter was made or reset. */
  report(): ReuseReport;
  /** Starts counting anew. */
  reset(): void;
}

/**
 * Answers "are my connections being reused, and if not, why not?". It is the middleware itself: list it next to the Transport, so that it sees each retry
 * and nothing that a cache answers. A connection's end is counted when it comes, which may be long after the last request.
 */
export function reuseMeter(): ReuseMeter {
  let counts = new Counts();
  const middleware: Middleware = (next) =>
    roundTripper((request) => {
      counts.requests += 1;
      return next.roundTrip(listening(request, (event) => counts.count(event)));
    });
  return Object.assign(middleware, {
    report: () => counts.report(),
    reset: () => {
      counts = new Counts();
    },
  });
}

/** A crawler meets millions of origins; those beyond are counted together. */
const MAX_ORIGINS = 1_000;
const OTHER_ORIGINS = 'others';

interface OriginCounts {
  exchanges: number;
  reused: number;
  connectionsOpened: number;
  connectionsClosed: number;
  closeReasons: Partial<Record<CloseReason, number>>;
}

class Counts {
  requests = 0;
  #fromIdle = 0;
  #idleTimeMs = 0;
  #handedOver = 0;
  #waited = 0;
  #resends = 0;
  #failed = 0;
  readonly #all: OriginCounts = noCounts();
  readonly #origins = new Map<string, OriginCounts>();

  count(event: TraceEvent): void {
    switch (event.kind) {
      case 'queueStart':
        this.#waited += 1;
        break;
      case 'connOpened':
        this.#onEach(event.connection.origin, (counts) => void (counts.connectionsOpened += 1));
        break;
      case 'gotConn':
        this.#countExchange(event);
        break;
      case 'connClosed':
        this.#onEach(event.connection.origin, (counts) => countClosed(counts, event.reason));
        break;
      case 'resend':
        this.#resends += 1;
        break;
      case 'requestFailed':
        this.#failed += 1;
        break;
      default:
    }
  }

  report(): ReuseReport {
    const { exchanges, reused } = this.#all;
    return {
      requests: this.requests,
      ...copyOf(this.#all),
      reuseRate: exchanges === 0 ? 0 : reused / exchanges,
      fromIdle: this.#fromIdle,
      meanIdleTime: this.#fromIdle === 0 ? 0 : this.#idleTimeMs / this.#fromIdle,
      handedOver: this.#handedOver,
      waited: this.#waited,
      resends: this.#resends,
      failed: this.#failed,
      origins: Object.fromEntries([...this.#origins].map(([origin, counts]) => [origin, copyOf(counts)])),
    };
  }

  #countExchange(event: Extract<TraceEvent, { kind: 'gotConn' }>): void {
    this.#onEach(event.connection.origin, (counts) => {
      counts.exchanges += 1;
      if (event.reused) counts.reused += 1;
    });
    if (event.wasIdle) {
      this.#fromIdle += 1;
      this.#idleTimeMs += event.idleTimeMs;
    } else if (event.reused) {
      this.#handedOver += 1;
    }
  }

  #onEach(origin: string, count: (counts: OriginCounts) => void): void {
    const name = this.#origins.has(origin) || this.#origins.size < MAX_ORIGINS ? origin : OTHER_ORIGINS;
    const counts = this.#origins.get(name) ?? noCounts();
    this.#origins.set(name, counts);
    count(counts);
    count(this.#all);
  }
}

function noCounts(): OriginCounts {
  return { exchanges: 0, reused: 0, connectionsOpened: 0, connectionsClosed: 0, closeReasons: {} };
}

function countClosed(counts: OriginCounts, reason: CloseReason): void {
  counts.connectionsClosed += 1;
  counts.closeReasons[reason] = (counts.closeReasons[reason] ?? 0) + 1;
}

function copyOf(counts: OriginCounts): OriginReuse {
  return { ...counts, closeReasons: { ...counts.closeReasons } };
}
