import type { TraceEvent } from '@roundtripper/core';

import type { ReuseLedger, Wait } from './reuse-ledger.ts';
import type { RouteRow } from './reuse-routes.ts';

/** What of one request is not over: its listener, which tells the ledger what to count, and along which route. */
export class RequestWatch {
  readonly #ledger: ReuseLedger;
  readonly #origin: string;
  /** Undefined until it looks for a connection. */
  #row: RouteRow | undefined;
  /** Several where a layer further in has sent it several times at once: then the first ends first. */
  #waits: Wait[] | undefined;
  #dials: RouteRow[] | undefined;

  constructor(ledger: ReuseLedger, origin: string) {
    this.#ledger = ledger;
    this.#origin = origin;
  }

  on(event: TraceEvent): void {
    const ledger = this.#ledger;
    switch (event.kind) {
      case 'getConn':
        this.#row = ledger.sought(event.origin, event.proxy, this.#row === undefined);
        break;
      case 'queueStart':
        (this.#waits ??= []).push(ledger.waitBegan(this.#route(), event.waitsFor));
        break;
      case 'queueEnd':
        this.#endWait();
        break;
      case 'dialStart':
        this.#beginDial();
        break;
      case 'dialEnd':
        this.#endDial('error' in event);
        break;
      case 'dialDonated':
        ledger.donated(event.connection, event.to);
        break;
      case 'connOpened':
        ledger.opened(event.connection);
        break;
      case 'gotConn':
        ledger.got(event);
        break;
      case 'putIdleConn':
        ledger.putBack(event.connection, event.reason);
        break;
      case 'connClosed':
        ledger.closed(event);
        break;
      case 'resend':
        ledger.resent(this.#route(), event.error);
        break;
      case 'requestFailed':
        ledger.failed(this.#row);
        break;
      default:
    }
  }

  #route(): RouteRow {
    return this.#row ?? (this.#row = this.#ledger.sought(this.#origin, undefined, false));
  }

  #endWait(): void {
    const wait = this.#waits?.shift();
    if (wait !== undefined) this.#ledger.waitEnded(wait);
  }

  #beginDial(): void {
    const row = this.#route();
    (this.#dials ??= []).push(row);
    this.#ledger.dialBegan(row);
  }

  #endDial(hasFailed: boolean): void {
    const row = this.#dials?.shift();
    if (row !== undefined) this.#ledger.dialEnded(row, hasFailed);
  }
}
