import type { CloseReason, ConnectionInfo, TraceEvent } from '@roundtripper/core';

import type { ConnectionRecord, ExchangeRecord } from './exchange-record.ts';

/** A {@link ConnectionRecord} while it is filled in. */
interface LoggedConnection {
  readonly info: ConnectionInfo;
  readonly hostPort: string;
  readonly firstSeenMs: number;
  dialStartMs: number | undefined;
  openedMs: number | undefined;
  closedMs: number | undefined;
  closeReason: CloseReason | undefined;
  exchangeCount: number;
  /** Of those whose records are kept. */
  readonly exchanges: Set<number>;
}

/** The connections of a log: what the events of its requests say of them. */
export class ConnectionLog {
  readonly #byId = new Map<number, LoggedConnection>();
  /** Those that carried none of the requests whose records are kept, the oldest first. */
  readonly #unused = new Set<LoggedConnection>();
  readonly #maxUnused: number;

  constructor(maxUnused: number) {
    this.#maxUnused = maxUnused;
  }

  /** @param isKept Whether the log still has the record. */
  hear(record: ExchangeRecord, isKept: boolean, event: TraceEvent, nowMs: number): void {
    switch (event.kind) {
      case 'connOpened':
        if (isKept) this.#opened(record, event.connection, nowMs);
        break;
      case 'gotConn':
        this.#carries(record, isKept, event.connection, nowMs);
        break;
      case 'connClosed':
        this.#closed(event.connection.id, event.reason, nowMs);
        break;
      default:
    }
  }

  /** The record is no longer kept. */
  forget(record: ExchangeRecord): void {
    for (const { connection } of record.attempts) {
      const logged = connection === undefined ? undefined : this.#byId.get(connection.id);
      if (logged === undefined || !logged.exchanges.delete(record.id) || logged.exchanges.size > 0) continue;
      if (logged.closedMs === undefined) this.#setAside(logged);
      else this.#byId.delete(logged.info.id);
    }
  }

  clear(): void {
    this.#byId.clear();
    this.#unused.clear();
  }

  records(): readonly ConnectionRecord[] {
    return this.#byId.values().map(snapshotOf).toArray();
  }

  #opened(record: ExchangeRecord, info: ConnectionInfo, nowMs: number): void {
    const logged = this.#known(record, info, nowMs);
    logged.openedMs = nowMs;
    logged.dialStartMs = record.attempts.findLast(
      ({ dialStartMs, dialEndMs }) => dialStartMs !== undefined && dialEndMs === undefined,
    )?.dialStartMs;
    if (logged.exchanges.size === 0) this.#setAside(logged);
  }

  #carries(record: ExchangeRecord, isKept: boolean, info: ConnectionInfo, nowMs: number): void {
    // A request that was aborted as it was given the connection has not used it, and its record, by which it would be forgotten, does not have it.
    if (record.attempts.at(-1)?.connection?.id !== info.id) return;
    const logged = isKept ? this.#known(record, info, nowMs) : this.#byId.get(info.id);
    if (logged === undefined) return;
    logged.exchangeCount += 1;
    if (!isKept) return;
    logged.exchanges.add(record.id);
    this.#unused.delete(logged);
  }

  #closed(id: number, reason: CloseReason, nowMs: number): void {
    const logged = this.#byId.get(id);
    if (logged === undefined) return;
    logged.closedMs = nowMs;
    logged.closeReason = reason;
    // One that was opened for nothing is worth a look; one whose requests were dropped goes with them.
    if (logged.exchanges.size > 0 || logged.exchangeCount === 0) return;
    this.#unused.delete(logged);
    this.#byId.delete(id);
  }

  #known(record: ExchangeRecord, info: ConnectionInfo, nowMs: number): LoggedConnection {
    const found = this.#byId.get(info.id);
    if (found !== undefined) return found;
    const logged: LoggedConnection = {
      info,
      hostPort: record.attempts.at(-1)?.hostPort ?? '',
      firstSeenMs: nowMs,
      dialStartMs: undefined,
      openedMs: undefined,
      closedMs: undefined,
      closeReason: undefined,
      exchangeCount: 0,
      exchanges: new Set(),
    };
    this.#byId.set(info.id, logged);
    return logged;
  }

  /** So that they cannot pile up: where the last request of a connection did not pass the log, its end is not told here. */
  #setAside(logged: LoggedConnection): void {
    this.#unused.add(logged);
    if (this.#unused.size <= this.#maxUnused) return;
    const [oldest] = this.#unused;
    if (oldest === undefined) return;
    this.#unused.delete(oldest);
    this.#byId.delete(oldest.info.id);
  }
}

function snapshotOf({ info, exchanges, ...rest }: LoggedConnection): ConnectionRecord {
  const { id, origin, protocol: proto, proxy, remoteAddress, remotePort } = info;
  return { id, origin, proto, proxy, remoteAddress, remotePort, ...rest, exchanges: [...exchanges] };
}
