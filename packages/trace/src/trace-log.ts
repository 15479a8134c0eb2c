import { integerBetween, OptionReader, type Middleware, type TraceEvent } from '@roundtripper/core';

import { ConnectionLog } from './connection-log.ts';
import type { ConnectionRecord, ExchangeRecord, TraceRecords } from './exchange-record.ts';
import { readRecordPolicy, recordExchanges, type RecordObserver, type RecordOptions } from './record-exchanges.ts';

/** Of {@link traceLog}. Every option may be left out. */
export interface TraceLogOptions extends RecordOptions {
  /** How many requests are remembered; the oldest are dropped. Default 5 000; 1 to 1 000 000. One takes about 1 KiB. */
  readonly maxExchanges?: number | undefined;
}

/** A middleware that remembers what passed it. Chains that are composed with the same one share it. */
export interface TraceLog extends Middleware, TraceRecords {
  /** Those under way included, in the order in which they began: a copy of the list, made each time. */
  readonly exchanges: readonly ExchangeRecord[];
  /** Those that carried these requests, and those that are open or have carried nothing: a copy, made each time. */
  readonly connections: readonly ConnectionRecord[];
  /** How many requests were dropped to keep to `maxExchanges` since the log was made, or was cleared. */
  readonly dropped: number;
  /** Forgets all, and what the requests under way come to. */
  clear(): void;
}

/**
 * Remembers requests and connections: for a HAR, a waterfall, or a look at what happened. It is the middleware itself. List it first to see what callers see;
 * next to the Transport to see each attempt of a retry as a request of its own. {@link timings} works behind it, too.
 *
 * Memory is bounded: besides the connections of the requests that are remembered, `maxExchanges` others are.
 * @throws TypeError naming each option that is unknown or invalid.
 */
export function traceLog(options: TraceLogOptions = {}): TraceLog {
  const reader = new OptionReader('traceLog', options);
  const policy = readRecordPolicy(reader);
  const maxExchanges = reader.read('maxExchanges', 5_000, integerBetween(1, 1_000_000));
  reader.finish();
  const log = new Log(maxExchanges);
  const middleware: Middleware = (next) => recordExchanges(next, policy, log);
  const named = Object.assign(middleware, { exchanges: [], connections: [], dropped: 0, clear: (): void => log.clear() });
  return Object.defineProperties(named, {
    exchanges: { get: () => log.exchanges, enumerable: true },
    connections: { get: () => log.connections.records(), enumerable: true },
    dropped: { get: () => log.dropped, enumerable: true },
  });
}

class Log implements RecordObserver {
  readonly connections: ConnectionLog;
  dropped = 0;
  readonly #maxExchanges: number;
  /** In the order of their ids. Those before `#first` were dropped: a Map would look through the places of its deleted entries each time. */
  #records: ExchangeRecord[] = [];
  #first = 0;
  #leastId = 0;

  constructor(maxExchanges: number) {
    this.#maxExchanges = maxExchanges;
    this.connections = new ConnectionLog(maxExchanges);
  }

  get exchanges(): readonly ExchangeRecord[] {
    return this.#records.slice(this.#first);
  }

  onStart(record: ExchangeRecord): void {
    this.#records.push(record);
    if (this.#records.length - this.#first > this.#maxExchanges) this.#dropOldest();
  }

  onEvent(record: ExchangeRecord, event: TraceEvent, nowMs: number): void {
    this.connections.hear(record, record.id >= this.#leastId, event, nowMs);
  }

  clear(): void {
    this.#leastId = (this.#records.at(-1)?.id ?? this.#leastId - 1) + 1;
    this.#records = [];
    this.#first = 0;
    this.connections.clear();
    this.dropped = 0;
  }

  #dropOldest(): void {
    const oldest = this.#records[this.#first];
    if (oldest === undefined) return;
    this.#first += 1;
    this.#leastId = oldest.id + 1;
    this.connections.forget(oldest);
    this.dropped += 1;
    if (this.#first < Math.max(64, this.#maxExchanges / 8)) return;
    this.#records = this.#records.slice(this.#first);
    this.#first = 0;
  }
}
