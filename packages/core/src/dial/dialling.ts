import type { Timer } from '../contract/clock.ts';
import type { TlsInfo } from '../contract/connection-info.ts';
import { deadline } from '../contract/deadline.ts';
import { RoundTripError, type Phase, type RoundTripErrorCode } from '../contract/round-trip-error.ts';
import type { Route } from '../contract/route.ts';
import { emit, type TraceListener } from '../contract/trace-event.ts';
import { AddressRefused } from '../wire/address-guard.ts';
import { asError } from '../wire/as-error.ts';
import type { OpenSocketSteps } from '../wire/opening-steps.ts';
import { describeError } from './describe-error.ts';
import type { DialOptions, DialRequest } from './dial-options.ts';
import { ProxyError } from './proxy-error.ts';

/** Whom a step is with, where there is a proxy on the way. */
export type DialPeer = 'proxy' | 'origin';

type DialPhase = Extract<Phase, 'dns' | 'connect' | 'tls' | 'proxy'>;

/** How a step ends: once. */
export interface StepEnd<T> {
  readonly opened: (value: T) => void;
  readonly failed: (error: Error) => void;
}

/** One dial under way: it knows its phase, keeps the time limit of each, and ends the step under way when it is given up. */
export class Dialling implements OpenSocketSteps {
  readonly #origin: string;
  readonly #way: string;
  readonly #options: DialOptions;
  readonly #request: DialRequest;
  #phase: DialPhase = 'connect';
  #peer: DialPeer = 'origin';
  #timer: Timer | undefined;
  /** Why there is no further step. */
  #stopped: RoundTripError | undefined;
  #stopStep: (() => void) | undefined;

  constructor(route: Route, options: DialOptions, request: DialRequest) {
    this.#origin = route.origin.key;
    this.#way = route.proxy === undefined || route.isForwarded ? '' : ` by ${route.proxy.name}`;
    this.#options = options;
    this.#request = request;
    request.signal.addEventListener('abort', this.#onAbort, { once: true });
    if (request.signal.aborted) this.#onAbort();
  }

  /** The next step belongs to this phase, and has so much time. @param peer Whom it is with; as before where that is left out. */
  enter(phase: DialPhase, timeoutMs: number, peer: DialPeer = this.#peer): void {
    this.#phase = phase;
    this.#peer = peer;
    this.#timer?.cancel();
    if (timeoutMs > 0) this.#timer = deadline(this.#options.clock, timeoutMs, () => this.#onTimeout(timeoutMs));
  }

  /**
   * Carries out a step. @param begin Begins it and returns what gives it up, after which its end is not heard.
   * @throws RoundTripError, for a failure of it as well as for what `begin` throws.
   */
  step<T>(begin: (end: StepEnd<T>) => () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#stopped !== undefined) {
        reject(this.#stopped);
        return;
      }
      let giveUp: (() => void) | undefined;
      const end = (report: () => void): void => {
        this.#stopStep = undefined;
        report();
      };
      this.#stopStep = () => {
        giveUp?.();
        end(() => reject(this.#stopped ?? this.#failure(new Error('it was given up'))));
      };
      try {
        giveUp = begin({ opened: (value) => end(() => resolve(value)), failed: (error) => end(() => reject(this.#failure(error))) });
      } catch (error) {
        end(() => reject(this.#failure(asError(error))));
      }
      // Whoever was asked to begin it may have given the dial up.
      if (this.#isStopped()) giveUp?.();
    });
  }

  /** It is over, however it went. */
  end(): void {
    this.#timer?.cancel();
    this.#request.signal.removeEventListener('abort', this.#onAbort);
  }

  /** Of the request that began the dial. */
  get trace(): TraceListener | undefined {
    return this.#request.trace;
  }

  dnsStart(hostname: string): void {
    this.#phase = 'dns';
    emit(this.#request.trace, { kind: 'dnsStart', hostname });
  }

  dnsDone(addresses: readonly string[], error: unknown): void {
    if (error === null || error === undefined) this.#phase = 'connect';
    emit(this.#request.trace, { kind: 'dnsDone', addresses, ...errorOf(error) });
  }

  connectStart(address: string, port: number): void {
    emit(this.#request.trace, { kind: 'connectStart', address, port });
  }

  connectDone(address: string, port: number, error: unknown): void {
    emit(this.#request.trace, { kind: 'connectDone', address, port, ...errorOf(error) });
  }

  tlsStart(servername: string): void {
    this.enter('tls', this.#options.tlsHandshakeTimeoutMs);
    emit(this.#request.trace, { kind: 'tlsHandshakeStart', servername });
  }

  tlsDone(info: TlsInfo | undefined, error: unknown): void {
    emit(this.#request.trace, { kind: 'tlsHandshakeDone', ...definedFacts(info), ...errorOf(error) });
  }

  get #doing(): string {
    return DOING[this.#peer][this.#phase];
  }

  #onTimeout(timeoutMs: number): void {
    this.#stop(this.#error(TIMEOUT_CODES[this.#phase], `${this.#doing} took longer than ${timeoutMs} ms`, { timeout: true }));
  }

  #isStopped(): boolean {
    return this.#stopped !== undefined;
  }

  readonly #onAbort = (): void => this.#stop(this.#error('transport-closed', 'the dial was given up', {}));

  #stop(error: RoundTripError): void {
    this.#stopped ??= error;
    this.end();
    this.#stopStep?.();
  }

  #failure(error: Error): RoundTripError {
    return this.#error(codeOf(error) ?? FAILED_CODES[this.#phase], `${this.#doing} failed: ${describeError(error)}`, { cause: error });
  }

  #error(code: RoundTripErrorCode, message: string, facts: { readonly timeout?: boolean; readonly cause?: Error }): RoundTripError {
    const init = { code, phase: this.#phase, sent: 'nothing', origin: this.#origin, ...facts } as const;
    return new RoundTripError(`${this.#origin}${this.#way}: ${message}`, init);
  }
}

const DOING = {
  origin: { dns: 'resolving the name', connect: 'connecting', tls: 'the TLS handshake', proxy: 'asking the proxy' },
  proxy: {
    dns: 'resolving the name of the proxy',
    connect: 'connecting to the proxy',
    tls: 'the TLS handshake with the proxy',
    proxy: 'asking the proxy',
  },
} as const;
const FAILED_CODES = { dns: 'dns-failed', connect: 'dial-failed', tls: 'tls-failed', proxy: 'proxy-failed' } as const;
const TIMEOUT_CODES = { dns: 'dial-timeout', connect: 'dial-timeout', tls: 'tls-timeout', proxy: 'proxy-timeout' } as const;

/** Where the error itself says what it is. */
function codeOf(error: Error): RoundTripErrorCode | undefined {
  if (error instanceof AddressRefused) return 'address-refused';
  return error instanceof ProxyError ? error.code : undefined;
}

function errorOf(error: unknown): { error?: unknown } {
  return error === null || error === undefined ? {} : { error };
}

function definedFacts(info: TlsInfo | undefined): { protocol?: string; alpnProtocol?: string; resumed?: boolean } {
  if (info === undefined) return {};
  return {
    resumed: info.resumed,
    ...(info.protocol === undefined ? {} : { protocol: info.protocol }),
    ...(info.alpnProtocol === undefined ? {} : { alpnProtocol: info.alpnProtocol }),
  };
}
