import type { HttpRequest } from './http-request.ts';
import type { HttpResponse } from './http-response.ts';
import type { CloseOptions, ComposedRoundTripper, Middleware, RoundTripper } from './round-tripper.ts';

/**
 * One RoundTripper from several layers. The first listed sees a request first and its response last; the last is the transport.
 * `close()`, `closeIdleConnections()` and `[Symbol.asyncDispose]` go to the transport, where it has them.
 *
 * @throws TypeError when a layer is not a function, or the last has no `roundTrip` method.
 */
export function compose(...layers: [...Middleware[], RoundTripper]): ComposedRoundTripper {
  const transport: unknown = layers.at(-1);
  if (!isRoundTripper(transport)) {
    throw new TypeError('compose: the last layer must be a RoundTripper, an object with a roundTrip method, for the others to end in');
  }
  let outermost: RoundTripper = transport;
  for (let at = layers.length - 2; at >= 0; at--) {
    const layer: unknown = layers[at];
    if (typeof layer !== 'function') {
      throw new TypeError(`compose: layer ${at + 1} must be a middleware, a function from one RoundTripper to another`);
    }
    const made: unknown = layer(outermost);
    if (!isRoundTripper(made)) throw new TypeError(`compose: the middleware at layer ${at + 1} did not return a RoundTripper`);
    outermost = made;
  }
  return new Composed(outermost, transport);
}

/**
 * A RoundTripper from a function: for tests, and for middleware written as `(next) => roundTripper((request) => …)`.
 *
 * @throws TypeError when it is not a function.
 */
export function roundTripper(fn: (request: HttpRequest) => Promise<HttpResponse>): RoundTripper {
  if (typeof fn !== 'function') throw new TypeError('roundTripper: expected a function from a request to the promise of a response');
  return { roundTrip: fn };
}

class Composed implements ComposedRoundTripper {
  /** Bound once, so that a call through the composition costs no more than one without it. */
  readonly roundTrip: (request: HttpRequest) => Promise<HttpResponse>;
  readonly #transport: Partial<ComposedRoundTripper>;

  constructor(outermost: RoundTripper, transport: RoundTripper) {
    this.roundTrip = (request) => outermost.roundTrip(request);
    this.#transport = transport;
  }

  async close(options?: CloseOptions): Promise<void> {
    await this.#transport.close?.(options);
  }

  closeIdleConnections(): void {
    this.#transport.closeIdleConnections?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]?.();
  }
}

function isRoundTripper(value: unknown): value is RoundTripper {
  return typeof value === 'object' && value !== null && 'roundTrip' in value && typeof value.roundTrip === 'function';
}
