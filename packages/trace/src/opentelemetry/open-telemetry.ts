import { context, INVALID_SPAN_CONTEXT, SpanKind, trace, type Context, type Span } from '@opentelemetry/api';
import { HttpHeaders, roundTripper, type HttpRequest, type HttpResponse, type Middleware, type RoundTripper } from '@roundtripper/core';

import { listening } from '../trace.ts';
import { ClientExchange } from './client-exchange.ts';
import { guarded } from './guard.ts';
import { OTHER_METHOD } from './known-methods.ts';
import { resolveOptions, type OpenTelemetryOptions, type Settings } from './options.ts';
import { Reporter } from './reporter.ts';
import { spanAttributes, type RequestFacts } from './request-attributes.ts';
import { sendsOf } from './resends.ts';

/**
 * A middleware that tells OpenTelemetry of each request by the semantic conventions for HTTP clients: a span of kind CLIENT, whose context it sends along, and the metrics.
 *
 * List it next to the Transport, inside of what sends a request again or answers by itself: each attempt then has its own span, as the conventions want it. What the
 * Transport resends by itself stays in one span, whose `http.request.resend_count` says so, for the header that was sent names that span. One of them is for any number of chains, and counts their connections together.
 *
 * The span ends when the response's body does: when the reader has all of it, when it fails, is aborted or is disposed of. A response that is dropped unread ends its span too, once it is
 * collected, and with the time at which its head came. With `endWith: 'head'` it ends with the head.
 * @throws TypeError naming each option that is unknown or invalid.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Middleware {
  const telemetry = new OpenTelemetry(resolveOptions(options));
  return (next) => roundTripper((request) => telemetry.roundTrip(request, next));
}

/** A request that is about to be sent. */
interface Outgoing {
  readonly request: HttpRequest;
  readonly exchange: ClientExchange;
  readonly context: Context;
}

class OpenTelemetry {
  readonly #settings: Settings;
  /** Made for the first request: the global meter provider is there by then. */
  #reporter: Reporter | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async roundTrip(request: HttpRequest, next: RoundTripper): Promise<HttpResponse> {
    if (this.#isIgnored(request)) return next.roundTrip(this.#withConnectionsOnly(request));
    const outgoing = guarded('what begins a span', () => this.#begin(request));
    if (outgoing === undefined) return next.roundTrip(request);
    const { exchange } = outgoing;
    try {
      const response = await context.with(outgoing.context, () => next.roundTrip(outgoing.request));
      exchange.answered(response);
      return response;
    } catch (error) {
      exchange.failed(error);
      throw error;
    }
  }

  #isIgnored(request: HttpRequest): boolean {
    const { ignore } = this.#settings;
    return ignore !== undefined && guarded('ignore', () => ignore(request)) === true;
  }

  #withConnectionsOnly(request: HttpRequest): HttpRequest {
    this.#reporter ??= new Reporter(this.#settings);
    return listening(request, this.#reporter.connectionListener);
  }

  #begin(request: HttpRequest): Outgoing {
    this.#reporter ??= new Reporter(this.#settings);
    const parent = context.active();
    const facts = this.#factsOf(request);
    const startedAtMs = this.#settings.clock.nowMs();
    const span = this.#startSpan(request, { facts, parent, startedAtMs });
    const own = span.isRecording() || span.spanContext() !== INVALID_SPAN_CONTEXT ? trace.setSpan(parent, span) : parent;
    const exchange = new ClientExchange(
      { hasBody: request.body !== undefined, sends: sendsOf(request), facts, span, context: own, startedAtMs },
      this.#reporter,
    );
    const headers = this.#injected(request.headers, own);
    const carrying = headers === undefined ? request : request.with({ headers });
    return { exchange, context: own, request: listening(carrying, exchange.listener) };
  }

  #factsOf(request: HttpRequest): RequestFacts {
    const { knownMethods, urlTemplate } = this.#settings;
    return {
      method: knownMethods.has(request.method) ? request.method : OTHER_METHOD,
      origin: request.target.origin,
      template: urlTemplate === undefined ? undefined : guarded('urlTemplate', () => urlTemplate(request)),
    };
  }

  #startSpan(
    request: HttpRequest,
    { facts, parent, startedAtMs }: { readonly facts: RequestFacts; readonly parent: Context; readonly startedAtMs: number },
  ): Span {
    const { tracer, requireParentSpan, requestHook } = this.#settings;
    if (requireParentSpan && trace.getSpan(parent) === undefined) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    const attributes = spanAttributes(request, facts, this.#settings);
    const span = tracer.startSpan(this.#nameOf(request, facts), { kind: SpanKind.CLIENT, attributes, startTime: startedAtMs }, parent);
    if (requestHook !== undefined && span.isRecording()) guarded('requestHook', () => requestHook(span, request));
    return span;
  }

  #nameOf(request: HttpRequest, { method, template }: RequestFacts): string {
    const { spanName } = this.#settings;
    const given = spanName === undefined ? undefined : guarded('spanName', () => spanName(request));
    if (given !== undefined) return given;
    const name = method === OTHER_METHOD ? 'HTTP' : method;
    return template === undefined ? name : `${name} ${template}`;
  }

  /** The request's headers with the context of the span; undefined where nothing is injected. */
  #injected(headers: HttpHeaders, own: Context): HttpHeaders | undefined {
    const fields: [string, string][] = [];
    guarded('the propagator', () => this.#settings.propagator.inject(own, fields, intoFields));
    if (fields.length === 0) return undefined;
    const injected = new HttpHeaders(headers);
    // Each by itself: a value that no header can have keeps nobody from the others.
    for (const [name, value] of fields) guarded('a field of the propagator', () => injected.set(name, value));
    return injected;
  }
}

const intoFields = {
  set: (fields: [string, string][], name: string, value: string): void => void fields.push([name, value]),
};
