import { Context } from './context.ts';
import { checkHost, checkMethod, isToken, shown } from './field-syntax.ts';
import { HttpHeaders, type HttpHeadersInit } from './http-headers.ts';
import { inspectAs } from './inspect-as.ts';
import { parseTarget, withoutQuery, type RequestTarget } from './origin.ts';
import { requestBody, type RequestBody, type RequestBodyInit } from './request-body.ts';
import type { TraceListener } from './trace-event.ts';

/** The parts of a request that can be given. An option that is not listed is a `TypeError`; `undefined` stands for the default. */
export interface HttpRequestInit {
  /** Default GET. `get`, `post` and the other methods that WHATWG fetch normalises are upper-cased. */
  readonly method?: string | undefined;
  readonly headers?: HttpHeadersInit | undefined;
  /** `null` for none. Sets `Content-Type` where the kind of body implies one and the headers have none. */
  readonly body?: RequestBodyInit | null | undefined;
  /** Cancels the exchange at any point, up to the end of the response body. `null` for none. */
  readonly signal?: AbortSignal | null | undefined;
  /** Hears what happens to this request. */
  readonly trace?: TraceListener | undefined;
  /** Values for the middleware further in. */
  readonly context?: Context | undefined;
  /** Fields to send after the body (RFC 9110 §6.5), or a function that is asked for them once the body was sent. The body is then sent chunked. */
  readonly trailers?: HttpHeadersInit | (() => HttpHeadersInit) | undefined;
  /** Sent as `Host` in place of the URL's. It does not change where the request goes. A proxy that passes requests on goes by the URL, and not by this. */
  readonly host?: string | undefined;
  /** Asks both sides to close the connection after this exchange. */
  readonly close?: boolean | undefined;
  /** With CONNECT: what to speak through the tunnel, such as `websocket`, in place of what a proxy would (RFC 8441, HTTP/2 only). The response's `socket` is the stream. */
  readonly protocol?: string | undefined;
  /** With OPTIONS, and a URL without path and query: `*` asks of the server as a whole, and not of what is at `/` (RFC 9110 §9.3.7). `null` takes it back. */
  readonly requestTarget?: '*' | null | undefined;
  /** Accepted for fetch's sake: a request may always be streamed. */
  readonly duplex?: 'half' | undefined;
}

/** As {@link HttpRequestInit}, for {@link HttpRequest.with}: what is absent or `undefined` stays as it is. */
export interface HttpRequestChanges extends HttpRequestInit {
  readonly url?: string | URL | undefined;
}

/** What a request begins with. */
interface Parts {
  readonly method: string;
  readonly headers: HttpHeadersInit | undefined;
  readonly body: RequestBody | undefined;
  readonly signal: AbortSignal | undefined;
  readonly trace: TraceListener | undefined;
  readonly context: Context;
  readonly trailers: HttpHeaders | (() => HttpHeadersInit) | undefined;
  readonly host: string | undefined;
  readonly close: boolean;
  readonly protocol: string | undefined;
  readonly requestTarget: '*' | undefined;
}

/**
 * A request: an immutable value that can be sent more than once where its body is replayable. `with()` derives another.
 * Whoever passes it to `roundTrip` gives the body away: it is read or released on every path.
 */
export class HttpRequest {
  /** Nothing that may be secret: no header values, no userinfo, no query. */
  static {
    inspectAs(HttpRequest.prototype, (request) => `HttpRequest { ${request.method} ${withoutQuery(request.target)} }`);
  }

  // Behind getters, so that to assign throws: what goes to the wire was checked when the request was made, and is not checked again. Object.freeze takes 20 ns more.
  #method: string;
  #body: RequestBody | undefined;
  #signal: AbortSignal | undefined;
  #trace: TraceListener | undefined;
  #context: Context;
  #trailers: HttpHeaders | (() => HttpHeadersInit) | undefined;
  #host: string | undefined;
  #close: boolean;
  #protocol: string | undefined;
  #requestTarget: '*' | undefined;
  readonly #headers: HttpHeaders;
  readonly #target: RequestTarget;
  #href: string;

  /**
   * @param input An absolute `http:` or `https:` URL, another request, or a WHATWG `Request`, whose unused body becomes this one's.
   * @throws TypeError naming what is wrong: URL, method, header, body, or an unknown option.
   */
  constructor(input: string | URL | Request | HttpRequest, init?: HttpRequestChanges) {
    const before = input instanceof HttpRequest ? input : undefined;
    const parts = input instanceof HttpRequest ? input : startingParts(input);
    this.#method = parts.method;
    this.#body = parts.body;
    this.#signal = parts.signal;
    this.#trace = parts.trace;
    this.#context = parts.context;
    this.#trailers = parts.trailers;
    this.#host = parts.host;
    this.#close = parts.close;
    this.#protocol = parts.protocol;
    this.#requestTarget = parts.requestTarget;
    this.#href = startingHref(input);
    // In place: an object for what is being put together would be as large as the request.
    const headers = init === undefined ? undefined : HttpRequest.#change(this, init);
    this.#target = before !== undefined && this.#href === before.#href ? before.#target : parseTarget(this.#href);
    this.#headers = headersFor(headers ?? parts.headers, this.#body, before);
    if (this.#requestTarget !== undefined && (this.#method !== 'OPTIONS' || this.#target.path !== '/')) {
      throw new TypeError('invalid option requestTarget: it is for OPTIONS only, and for a URL without path and query');
    }
    if (this.#protocol !== undefined && this.#method !== 'CONNECT') throw new TypeError('invalid option protocol: it is for CONNECT only');
  }

  get method(): string {
    return this.#method;
  }

  /** Read-only: derive a request with other headers by `with({ headers })`. */
  get headers(): HttpHeaders {
    return this.#headers;
  }

  get body(): RequestBody | undefined {
    return this.#body;
  }

  get signal(): AbortSignal | undefined {
    return this.#signal;
  }

  get trace(): TraceListener | undefined {
    return this.#trace;
  }

  get context(): Context {
    return this.#context;
  }

  get trailers(): HttpHeaders | (() => HttpHeadersInit) | undefined {
    return this.#trailers;
  }

  /** What to send as `Host` where it is not the URL's. */
  get host(): string | undefined {
    return this.#host;
  }

  get close(): boolean {
    return this.#close;
  }

  /** What a CONNECT is to speak through its tunnel (RFC 8441 `:protocol`). */
  get protocol(): string | undefined {
    return this.#protocol;
  }

  /** `*` where an OPTIONS is for the server as a whole. */
  get requestTarget(): '*' | undefined {
    return this.#requestTarget;
  }

  /** Where it goes: the URL as the Transport needs it, at no cost. */
  get target(): RequestTarget {
    return this.#target;
  }

  /** The URL as it was given, with userinfo and fragment: an object of the caller's own each time, whose change changes nothing here. */
  get url(): URL {
    return new URL(this.#href);
  }

  /** A request with these parts in place of its own. A replayable body is shared; a stream belongs to whichever is sent first. */
  with(changes: HttpRequestChanges): HttpRequest {
    return new HttpRequest(this, changes);
  }

  /** What `JSON.stringify` and loggers that use it show: as little as `inspect` does. */
  toJSON(): { readonly method: string; readonly url: string } {
    return { method: this.#method, url: withoutQuery(this.#target) };
  }

  /**
   * Own properties only, each read once: an unknown option is found, and one that sits on a polluted Object.prototype is not. No list of them is made.
   * @returns the headers, which are put together with what the body says of itself.
   */
  static #change(parts: HttpRequest, init: HttpRequestChanges): HttpHeadersInit | undefined {
    checkChanges(init);
    let headers: HttpHeadersInit | undefined;
    for (const key in init) {
      if (!Object.hasOwn(init, key)) continue;
      switch (key) {
        case 'url':
          parts.#href = given(init.url, String, parts.#href);
          break;
        case 'headers':
          ({ headers } = init);
          break;
        case 'duplex':
          break;
        case 'method':
          parts.#method = given(init.method, checkMethod, parts.#method);
          break;
        case 'body':
          parts.#body = given(init.body, checkBody, parts.#body);
          break;
        case 'signal':
          parts.#signal = given(init.signal, checkSignal, parts.#signal);
          break;
        case 'trace':
          parts.#trace = given(init.trace, checkListener, parts.#trace);
          break;
        case 'context':
          parts.#context = given(init.context, checkContext, parts.#context);
          break;
        case 'trailers':
          parts.#trailers = given(init.trailers, trailersOf, parts.#trailers);
          break;
        case 'host':
          parts.#host = given(init.host, checkHost, parts.#host);
          break;
        case 'close':
          parts.#close = given(init.close, Boolean, parts.#close);
          break;
        case 'protocol':
          parts.#protocol = given(init.protocol, checkProtocol, parts.#protocol);
          break;
        case 'requestTarget':
          parts.#requestTarget = given(init.requestTarget, checkRequestTarget, parts.#requestTarget);
          break;
        default:
          throw new TypeError(`unknown request option ${shown(key)}`);
      }
    }
    return headers;
  }

  /** @internal */
  static hrefOf(request: HttpRequest): string {
    return request.#href;
  }
}

/** What a request begins with, besides its URL. */
function startingParts(input: string | URL | Request): Readonly<Parts> {
  if (typeof input === 'string' || input instanceof URL) return NOTHING_ELSE;
  if (isWhatwgRequest(input)) return partsOfWhatwg(input);
  throw new TypeError('invalid request input: expected a URL as a string or URL object, an HttpRequest, or a WHATWG Request');
}

function startingHref(input: string | URL | Request | HttpRequest): string {
  if (typeof input === 'string') return input;
  if (input instanceof HttpRequest) return HttpRequest.hrefOf(input);
  return input instanceof URL ? input.href : input.url;
}

const NOTHING_ELSE: Readonly<Parts> = {
  method: 'GET',
  headers: undefined,
  body: undefined,
  signal: undefined,
  trace: undefined,
  context: Context.empty,
  trailers: undefined,
  host: undefined,
  close: false,
  protocol: undefined,
  requestTarget: undefined,
};

/** By its shape, so that the `Request` of any fetch implementation will do. */
function isWhatwgRequest(input: unknown): input is Request {
  return typeof input === 'object' && input !== null && 'url' in input && 'method' in input && 'headers' in input && 'bodyUsed' in input;
}

function partsOfWhatwg(input: Request): Readonly<Parts> {
  if (input.bodyUsed) throw new TypeError('the body of the Request was already used');
  const method = checkMethod(input.method);
  const body = checkBody(input.body);
  const signal = checkSignal(input.signal);
  if (signal !== undefined) ownersOfSignals.set(signal, input);
  return { ...NOTHING_ELSE, method, headers: input.headers, body, signal };
}

/**
 * A `Request` has a signal of its own that follows the one it was given, and undici lets that link go with the `Request` (tried: a signal
 * whose `Request` was collected is never aborted). So the `Request` lives as long as its signal does.
 */
const ownersOfSignals = new WeakMap<AbortSignal, Request>();

function checkChanges(init: unknown): void {
  if (typeof init !== 'object' || init === null) throw new TypeError('invalid request options: expected an object');
  if (isWhatwgRequest(init) || init instanceof HttpRequest) {
    throw new TypeError('invalid request options: a Request can be the first argument only');
  }
}

/** What `check` makes of an option, or what was there before where it is not given. */
function given<Value, Part>(value: Value | undefined, check: (value: Value) => Part, before: Part): Part {
  return value === undefined ? before : check(value);
}

function checkBody(body: RequestBodyInit | null): RequestBody | undefined {
  return body === null ? undefined : requestBody(body);
}

function checkContext(context: Context): Context {
  if (context instanceof Context) return context;
  throw new TypeError('invalid request option "context": expected a Context');
}

function checkSignal(signal: AbortSignal | null): AbortSignal | undefined {
  if (signal === null) return undefined;
  if (signal instanceof AbortSignal) return signal;
  throw new TypeError('invalid request option "signal": expected an AbortSignal');
}

function checkListener(trace: TraceListener): TraceListener {
  if (typeof trace === 'function') return trace;
  throw new TypeError('invalid request option "trace": expected a function');
}

/** RFC 9110 §6.5.1: fields that frame or route a message cannot come after its body. */
const FORBIDDEN_TRAILERS: ReadonlySet<string> = new Set([
  'transfer-encoding',
  'content-length',
  'trailer',
  'host',
  'connection',
  'te',
  'upgrade',
]);

function trailersOf(trailers: HttpHeadersInit | (() => HttpHeadersInit)): HttpHeaders | (() => HttpHeadersInit) {
  return typeof trailers === 'function' ? trailers : checkTrailers(trailers);
}

/**
 * Trailers as a caller gave them.
 * @throws TypeError naming a field that may not be one.
 * @internal
 */
export function checkTrailers(init: HttpHeadersInit): HttpHeaders {
  const trailers = HttpHeaders.readOnly(init);
  for (const name of trailers.keys()) {
    if (FORBIDDEN_TRAILERS.has(name)) throw new TypeError(`invalid trailer "${name}": it belongs before the body (RFC 9110 §6.5.1)`);
  }
  return trailers;
}

/** @param before The request that this one is derived from. */
function headersFor(init: HttpHeadersInit | undefined, body: RequestBody | undefined, before: HttpRequest | undefined): HttpHeaders {
  const isBodyReplaced = before !== undefined && init === before.headers && body !== before.body;
  const headers = isBodyReplaced ? withoutImpliedType(before) : HttpHeaders.readOnly(init);
  if (body?.contentType === undefined || headers.has('content-type')) return headers;
  const withType = new HttpHeaders(headers);
  withType.append('Content-Type', body.contentType);
  return HttpHeaders.readOnly(withType);
}

/** The media type that came with the old body goes with it: the boundary of one form is not that of the next. */
function withoutImpliedType({ headers, body }: HttpRequest): HttpHeaders {
  if (body?.contentType === undefined || headers.get('content-type') !== body.contentType) return headers;
  const without = new HttpHeaders(headers);
  without.delete('content-type');
  return HttpHeaders.readOnly(without);
}

function checkProtocol(protocol: string): string {
  const text = String(protocol);
  if (isToken(text)) return text;
  throw new TypeError(`invalid protocol ${shown(text)}: expected a token (RFC 8441 §4)`);
}

function checkRequestTarget(requestTarget: '*' | null): '*' | undefined {
  if (requestTarget === null) return undefined;
  if (requestTarget === '*') return requestTarget;
  throw new TypeError(`invalid option requestTarget ${shown(String(requestTarget))}: expected "*" (RFC 9112 §3.2.4)`);
}
