import type { TlsInfo } from '../contract/connection-info.ts';

/** Told of each step, in order; each start has its end. */
export interface OpenSocketSteps {
  dnsStart(hostname: string): void;
  dnsDone(addresses: readonly string[], error: unknown): void;
  connectStart(address: string, port: number): void;
  connectDone(address: string, port: number, error: unknown): void;
  tlsStart(servername: string): void;
  tlsDone(info: TlsInfo | undefined, error: unknown): void;
}

type Step =
  | { readonly kind: 'none' }
  | { readonly kind: 'dns' }
  | { readonly kind: 'connect'; readonly address: string; readonly port: number }
  | { readonly kind: 'tls' }
  | { readonly kind: 'over' };

/**
 * The step that a socket is at while it opens. There is one at a time, and it ends when the opening does; after that nothing is told, and the listener is
 * let go of: Node keeps the options of a TLS socket, and with their lookup these steps, for as long as the socket lives.
 */
export class OpeningSteps {
  #listener: OpenSocketSteps | undefined;
  #step: Step = NONE;

  constructor(listener: OpenSocketSteps) {
    this.#listener = listener;
  }

  get isOver(): boolean {
    return this.#step.kind === 'over';
  }

  resolve(hostname: string): void {
    if (this.#begin({ kind: 'dns' })) this.#listener?.dnsStart(hostname);
  }

  resolved(addresses: readonly string[]): void {
    if (this.#step.kind !== 'dns') return;
    this.#step = NONE;
    this.#listener?.dnsDone(addresses, undefined);
  }

  connect(address: string, port: number): void {
    if (this.#begin({ kind: 'connect', address, port })) this.#listener?.connectStart(address, port);
  }

  /** To whichever address is being tried: the system may know it by another name (0.0.0.0 is 127.0.0.1). */
  connected(): void {
    const step = this.#step;
    if (step.kind !== 'connect') return;
    this.#step = NONE;
    this.#listener?.connectDone(step.address, step.port, undefined);
  }

  secure(servername: string): void {
    if (this.#begin({ kind: 'tls' })) this.#listener?.tlsStart(servername);
  }

  secured(info: TlsInfo): void {
    if (this.#step.kind !== 'tls') return;
    this.#step = NONE;
    this.#listener?.tlsDone(info, undefined);
  }

  /** The step under way failed; another may follow. */
  fail(error: unknown): void {
    const step = this.#step;
    if (step.kind === 'over' || step.kind === 'none') return;
    this.#step = NONE;
    if (step.kind === 'dns') this.#listener?.dnsDone([], error);
    else if (step.kind === 'connect') this.#listener?.connectDone(step.address, step.port, error);
    else this.#listener?.tlsDone(undefined, error);
  }

  /** No step follows. @param error Of the one under way, where there is one. */
  end(error?: unknown): void {
    this.fail(error);
    this.#step = OVER;
    this.#listener = undefined;
  }

  #begin(step: Step): boolean {
    if (this.#step.kind === 'over') return false;
    this.#step = step;
    return true;
  }
}

const NONE: Step = { kind: 'none' };
const OVER: Step = { kind: 'over' };
