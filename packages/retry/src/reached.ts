import { emit, type Phase, type Sent, type TraceEvent, type TraceListener } from '@roundtripper/core';

/** How far a request had come. */
export interface Reached {
  readonly phase: Phase;
  /** How much of it the server may have seen. */
  readonly sent: Sent;
}

/** Notes by its events how far a request has come: one that waits for its connection still has sent nothing. Where no Transport tells, all may have been sent. */
export class ReachedBy {
  #reached: Reached = { phase: 'response-head', sent: 'all' };
  #hasConnection = false;
  readonly #listener: TraceListener | undefined;

  /** @param listener Is told of all events, too. */
  constructor(listener: TraceListener | undefined) {
    this.#listener = listener;
  }

  get reached(): Reached {
    return this.#reached;
  }

  /** For the request. */
  readonly trace = (event: TraceEvent): void => {
    if (!this.#hasConnection) this.#note(event);
    emit(this.#listener, event);
  };

  #note({ kind }: TraceEvent): void {
    const phase = PHASES.get(kind);
    if (phase !== undefined) {
      this.#reached = { phase, sent: 'nothing' };
    } else if (kind === 'gotConn') {
      // It may be on its way from now on, and whatever comes later does not call it back.
      this.#hasConnection = true;
      this.#reached = { phase: 'response-head', sent: 'all' };
    }
  }
}

const PHASES: ReadonlyMap<TraceEvent['kind'], Phase> = new Map<TraceEvent['kind'], Phase>([
  ['getConn', 'queue'],
  ['dnsStart', 'dns'],
  ['connectStart', 'connect'],
  ['proxyConnectStart', 'proxy'],
  ['tlsHandshakeStart', 'tls'],
]);
