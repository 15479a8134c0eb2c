import type { Clock, Timer } from '../contract/clock.ts';
import type { TlsInfo } from '../contract/connection-info.ts';
import { deadline } from '../contract/deadline.ts';
import { RoundTripError, type Phase, type RoundTripErrorCode } from '../contract/round-trip-error.ts';
import type { Route } from '../contract/route.ts';
import { emit, type TraceListener } from '../contract/trace-event.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import { openSocket, type TlsOptions } from '../wire/open-socket.ts';
import type { OpenSocketSteps } from '../wire/opening-steps.ts';
import type { Wire } from '../wire/wire.ts';

/** How wires are opened. Durations in milliseconds, 0 for no limit. */
export interface DialOptions {
  readonly clock: Clock;
  readonly lookup: Lookup | undefined;
  readonly tls: TlsOptions;
  /** For resolving the name and connecting. */
  readonly dialTimeoutMs: number;
  readonly tlsHandshakeTimeoutMs: number;
  /** 0 for no TCP keep-alive probes. */
  readonly keepAliveMs: number;
  readonly alpnProtocols: readonly string[];
}

/** For whom a wire is opened. */
export interface DialRequest {
  readonly trace: TraceListener | undefined;
  /** Gives the dial up. */
  readonly signal: AbortSignal;
}

/** Opens a wire along `route`. @throws RoundTripError with a code of the `dns`, `dial` or `tls` family, always with `sent: 'nothing'`. */
export function dial(route: Route, options: DialOptions, request: DialRequest): Promise<Wire> {
  return new Promise((resolve, reject) => new Dial(route, options, request, { resolve, reject }));
}

interface Settle {
  readonly resolve: (wire: Wire) => void;
  readonly reject: (error: RoundTripError) => void;
}

/** One dial under way: it knows its phase, and keeps the time limit of each. */
class Dial implements OpenSocketSteps {
  readonly #origin: string;
  readonly #options: DialOptions;
  readonly #request: DialRequest;
  readonly #settle: Settle;
  readonly #giveUp: (() => void) | undefined;
  #phase: Extract<Phase, 'dns' | 'connect' | 'tls'> = 'connect';
  #timer: Timer | undefined;

  constructor(route: Route, options: DialOptions, request: DialRequest, settle: Settle) {
    this.#origin = route.origin.key;
    this.#options = options;
    this.#request = request;
    this.#settle = settle;
    this.#limit(options.dialTimeoutMs);
    request.signal.addEventListener('abort', this.#onAbort, { once: true });
    try {
      this.#giveUp = this.#open(route);
    } catch (error) {
      // A certificate or key that cannot be read shows only here.
      this.#phase = 'tls';
      this.#failed(error instanceof Error ? error : new Error(String(error)));
    }
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
    this.#phase = 'tls';
    this.#timer?.cancel();
    this.#limit(this.#options.tlsHandshakeTimeoutMs);
    emit(this.#request.trace, { kind: 'tlsHandshakeStart', servername });
  }

  tlsDone(info: TlsInfo | undefined, error: unknown): void {
    emit(this.#request.trace, { kind: 'tlsHandshakeDone', ...definedFacts(info), ...errorOf(error) });
  }

  #open(route: Route): () => void {
    const { hostname, port, scheme } = route.origin;
    const { lookup, keepAliveMs, tls, alpnProtocols } = this.#options;
    return openSocket({ hostname, port, lookup, keepAliveMs, tls: scheme === 'https' ? tls : undefined, alpnProtocols }, this, {
      opened: (wire) => this.#opened(wire),
      failed: (error) => this.#failed(error),
    });
  }

  #limit(timeoutMs: number): void {
    if (timeoutMs === 0) return;
    this.#timer = deadline(this.#options.clock, timeoutMs, () => {
      this.#giveUp?.();
      const code = this.#phase === 'tls' ? 'tls-timeout' : 'dial-timeout';
      this.#reject(code, `${DOING[this.#phase]} took longer than ${timeoutMs} ms`, undefined);
    });
  }

  readonly #onAbort = (): void => {
    this.#giveUp?.();
    this.#reject('transport-closed', 'the dial was given up', undefined);
  };

  #opened(wire: Wire): void {
    this.#end();
    this.#settle.resolve(wire);
  }

  #failed(error: Error): void {
    this.#reject(FAILED_CODES[this.#phase], `${DOING[this.#phase]} failed: ${describe(error)}`, error);
  }

  #reject(code: RoundTripErrorCode, message: string, cause: Error | undefined): void {
    this.#end();
    const timeout = code === 'dial-timeout' || code === 'tls-timeout';
    this.#settle.reject(
      new RoundTripError(`${this.#origin}: ${message}`, {
        code,
        phase: this.#phase,
        sent: 'nothing',
        timeout,
        origin: this.#origin,
        cause,
      }),
    );
  }

  #end(): void {
    this.#timer?.cancel();
    this.#request.signal.removeEventListener('abort', this.#onAbort);
  }
}

const DOING = { dns: 'resolving the name', connect: 'connecting', tls: 'the TLS handshake' } as const;
const FAILED_CODES = { dns: 'dns-failed', connect: 'dial-failed', tls: 'tls-failed' } as const;

/** Where several addresses were tried the error holds one for each, and says nothing itself. */
function describe(error: Error): string {
  if (!(error instanceof AggregateError)) return error.message;
  return error.errors.map((one: unknown) => (one instanceof Error ? one.message : String(one))).join('; ');
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
