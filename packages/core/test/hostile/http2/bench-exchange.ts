import type { Connection, ExchangeOutcome, Lease } from '../../../src/contract/connection.ts';
import { HttpRequest, type HttpRequestInit } from '../../../src/contract/http-request.ts';
import type { HttpResponse } from '../../../src/contract/http-response.ts';
import { RoundTripError } from '../../../src/contract/round-trip-error.ts';

/** What a caller sees of an exchange. */
export type Seen =
  | { readonly kind: 'taken'; readonly status: number; readonly body: string; readonly trailers: readonly (readonly [string, string])[] }
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly phase: string;
      readonly sent: string;
      readonly message: string;
    }
  /** The reason of whoever has cancelled it. */
  | { readonly kind: 'cancelled'; readonly reason: unknown };

/** How an exchange is begun. */
export interface ExchangeInit extends HttpRequestInit {
  readonly path?: string;
  /** Whether its response is read, from the moment that its head is there. Default true. */
  readonly isRead?: boolean;
  /** Whether its connection had carried another before. Default false. */
  readonly isReused?: boolean;
  /** Whether it can be cancelled, and the gates look at what its caller awaits. Default true: that is dearer than all the rest. */
  readonly isWatched?: boolean;
}

/** One exchange, its lease and its caller. */
export class BenchExchange implements ExchangeOutcome, Lease {
  readonly connection: Connection;
  readonly isReused: boolean;
  readonly wasIdle = false;
  readonly needsLook = false;
  readonly controller: AbortController = new AbortController();
  readonly response: Promise<HttpResponse>;
  /** Resolves when all is over for the caller. Of a response that is not read: when its head is there. */
  readonly seen: Promise<Seen>;
  readonly interim: number[] = [];
  onRelease: () => void = () => {};
  onTold: () => void = () => {};
  /** How often its lease was given back. */
  released = 0;
  /** How often its caller was told an outcome. */
  told = 0;
  readonly #promise = Promise.withResolvers<HttpResponse>();

  constructor(connection: Connection, { isRead = true, isReused = false, isWatched = true }: ExchangeInit) {
    this.connection = connection;
    this.isReused = isReused;
    this.response = this.#promise.promise;
    this.seen = this.#look(readerOf(isRead, isWatched));
  }

  /** @param init Its own signal, and its own listener, are set. */
  begin({ path = '/', isRead: _isRead, isReused: _isReused, isWatched = true, ...init }: ExchangeInit): void {
    const request = new HttpRequest(`http://peer.test${path}`, {
      signal: isWatched ? this.controller.signal : null,
      trace: (event) => {
        if (event.kind === 'got1xxResponse') this.interim.push(event.status);
      },
      ...init,
    });
    this.connection.exchange(request, this, this);
  }

  answered(response: HttpResponse): void {
    this.told += 1;
    this.#promise.resolve(response);
    this.onTold();
  }

  failed(error: unknown): void {
    this.told += 1;
    this.#promise.reject(error);
    this.onTold();
  }

  release(): void {
    this.released += 1;
    this.onRelease();
  }

  async #look(read: Reader): Promise<Seen> {
    try {
      const response = await this.response;
      const body = await read(response);
      return { kind: 'taken', status: response.status, body, trailers: [...response.trailers.fields()] };
    } catch (error) {
      if (this.controller.signal.aborted && error === this.controller.signal.reason) return { kind: 'cancelled', reason: error };
      // Whatever else a peer can have us throw is a fault, and no outcome.
      if (!(error instanceof RoundTripError)) throw error;
      const { code, phase, sent, message } = error;
      return { kind: 'refused', code, phase, sent, message };
    }
  }
}

type Reader = (response: HttpResponse) => Promise<string>;

function readerOf(isRead: boolean, isWatched: boolean): Reader {
  if (!isRead) return nothing;
  return isWatched ? whole : inChunks;
}

async function whole(response: HttpResponse): Promise<string> {
  return Buffer.from(await response.arrayBuffer()).toString('latin1');
}

async function inChunks(response: HttpResponse): Promise<string> {
  const texts: string[] = [];
  for await (const chunk of response.chunks()) texts.push(Buffer.from(chunk).toString('latin1'));
  return texts.join('');
}

async function nothing(): Promise<string> {
  return '';
}
