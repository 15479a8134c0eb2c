import { SpanStatusCode, type Attributes, type Context, type Span } from '@opentelemetry/api';
import type { ConnectionInfo, HttpResponse, TraceEvent, TraceListener } from '@roundtripper/core';

import { isDropped, isGivenUp } from '../given-up.ts';
import { redactUrls } from '../redact-url.ts';
import { errorType } from './error-type.ts';
import { guarded } from './guard.ts';
import type { Level } from './level.ts';
import type { Settings } from './options.ts';
import { protocolVersionOf } from './protocol-version.ts';
import type { Reporter } from './reporter.ts';
import { capturedResponseHeaders, metricAttributes, type RequestFacts } from './request-attributes.ts';
import type { Sends } from './resends.ts';
import { spanEventAttributes } from './span-events.ts';

/** What an exchange begins with. */
export interface BegunExchange {
  readonly hasBody: boolean;
  readonly sends: Sends;
  readonly facts: RequestFacts;
  readonly span: Span;
  /** With the span in it. */
  readonly context: Context;
  readonly startedAtMs: number;
}

/** What a failure was, where there was one: it may be `undefined` itself. */
interface Failure {
  readonly error: unknown;
}

interface BodyEnd {
  readonly endMs: number;
  readonly bytes: number;
  readonly failure: Failure | undefined;
}

/**
 * One request seen from outside: it hears the events, and tells the span and the metrics.
 *
 * The request's listener holds it, and a connection that of the request it has carried last. So it must hold neither the response, since one that is dropped unread would never be
 * collected, and its connection never given back; nor the request, whose body would be kept for as long as the connection is idle.
 */
export class ClientExchange {
  readonly listener: TraceListener = (event) => this.#onEvent(event);
  readonly #begun: BegunExchange;
  readonly #reporter: Reporter;
  readonly #isRecording: boolean;
  readonly #startMs: number;
  readonly #active: Level;
  readonly #sends: Sends;
  /** How often the request had been sent before. */
  #ordinal: number;
  #connection: ConnectionInfo | undefined;
  #queuedAtMs: number | undefined;
  #queuedForMs: number | undefined;
  readonly #lookups: { readonly hostname: string; readonly startMs: number }[] = [];
  #requestBytes: number | undefined;
  #headMs = 0;
  /** Bodies on their way: a layer further in may have several at once, or one after the other. */
  #bodies = 0;
  #body: BodyEnd | undefined;
  #status: number | undefined;
  #version: string | undefined;
  /** Whether it waits for the response, for the end of its body, or for nothing any more. */
  #awaits: 'response' | 'body' | 'nothing' = 'response';
  /** Once it is over: what its metrics tell. */
  #ended: Attributes | undefined;

  constructor(begun: BegunExchange, reporter: Reporter) {
    this.#begun = begun;
    this.#reporter = reporter;
    this.#isRecording = begun.span.isRecording();
    this.#startMs = reporter.settings.clock.monotonicMs();
    this.#active = reporter.began(begun.facts);
    this.#sends = begun.sends;
    this.#ordinal = this.#sends.count++;
  }

  /** The response is there; its body may still be on its way. */
  answered(response: HttpResponse): void {
    guarded('what hears of a response', () => this.#onResponse(response));
  }

  /** There is no response. */
  failed(error: unknown): void {
    guarded('what hears of a failure', () => this.#finish(this.#nowMs(), { error }));
  }

  #onResponse(response: HttpResponse): void {
    this.#status = response.status;
    this.#version = protocolVersionOf(response.proto);
    if (this.#isRecording) this.#tellResponse(response);
    if (this.#reporter.settings.endsWithHead) this.#end(this.#nowMs(), undefined);
    if (response.socket !== undefined) this.#finish(this.#nowMs(), undefined);
    else if (this.#bodies > 0) this.#awaits = 'body';
    // One that came over no connection: from a cache, for one.
    else if (this.#body === undefined) this.#finish(this.#nowMs(), undefined);
    else this.#onBodyOver(this.#body);
  }

  #tellResponse(response: HttpResponse): void {
    const { span } = this.#begun;
    const { responseHook, captureResponseHeaders } = this.#reporter.settings;
    span.setAttribute('http.response.status_code', response.status);
    if (captureResponseHeaders.length > 0) span.setAttributes(capturedResponseHeaders(response.headers, captureResponseHeaders));
    if (responseHook !== undefined) guarded('responseHook', () => responseHook(span, response));
  }

  #onEvent(event: TraceEvent): void {
    this.#reporter.connections.onEvent(event);
    if (this.#isRecording && this.#ended === undefined) this.#addSpanEvent(event);
    switch (event.kind) {
      case 'queueStart':
        this.#queuedAtMs = this.#nowMs();
        break;
      case 'queueEnd':
        this.#onQueueEnd();
        break;
      case 'dnsStart':
        this.#lookups.push({ hostname: event.hostname, startMs: this.#nowMs() });
        break;
      case 'dnsDone':
        this.#onLookup('error' in event ? { error: event.error } : undefined);
        break;
      case 'gotConn':
        this.#connection = event.connection;
        this.#leftQueue(protocolVersionOf(event.connection.protocol));
        break;
      case 'wroteRequest':
        this.#requestBytes = 'error' in event ? undefined : event.bodyBytes;
        break;
      case 'gotResponse':
        this.#headMs = this.#nowMs();
        this.#bodies += 1;
        this.#body = undefined;
        break;
      case 'bodyEnd':
        this.#onBodyEnd(event.bodyBytes, 'error' in event ? { error: event.error } : undefined);
        break;
      case 'resend':
      case 'retry':
      case 'redirect':
        this.#ordinal = this.#sends.count++;
        this.#requestBytes = undefined;
        break;
      default:
    }
  }

  #addSpanEvent(event: TraceEvent): void {
    if (!this.#reporter.settings.spanEvents.has(event.kind)) return;
    this.#begun.span.addEvent(event.kind, spanEventAttributes(event.kind, event), this.#epochMs(this.#nowMs()));
  }

  #onQueueEnd(): void {
    if (this.#queuedAtMs === undefined) return;
    this.#queuedForMs = this.#nowMs() - this.#queuedAtMs;
    this.#queuedAtMs = undefined;
  }

  /** With a connection, or for good. */
  #leftQueue(version: string | undefined): void {
    if (this.#queuedForMs === undefined) return;
    const { instruments, settings } = this.#reporter;
    const { facts, context } = this.#begun;
    const attributes = metricAttributes(facts, settings.optIn);
    if (version !== undefined) attributes['network.protocol.version'] = version;
    instruments.timeInQueue.record(this.#queuedForMs / 1_000, attributes, context);
    this.#queuedForMs = undefined;
  }

  #onLookup(failure: Failure | undefined): void {
    const lookup = this.#lookups.shift();
    if (lookup === undefined) return;
    const attributes: Attributes = { 'dns.question.name': lookup.hostname };
    if (failure !== undefined) attributes['error.type'] = errorType(failure.error);
    this.#reporter.instruments.dnsLookupDuration.record((this.#nowMs() - lookup.startMs) / 1_000, attributes, this.#begun.context);
  }

  #onBodyEnd(bytes: number, failure: Failure | undefined): void {
    this.#bodies -= 1;
    this.#body = { endMs: this.#nowMs(), bytes, failure };
    if (this.#awaits === 'body' && this.#bodies === 0) this.#onBodyOver(this.#body);
  }

  /** The last body is over, and the response known. */
  #onBodyOver({ endMs, bytes, failure }: BodyEnd): void {
    if (failure === undefined) this.#finish(endMs, undefined, bytes);
    else if (!isGivenUp(failure.error)) this.#finish(endMs, failure);
    // Nobody knows when the response was let go: it is collected whenever that suits the collector.
    else this.#finish(isDropped(failure.error) ? this.#headMs : endMs, undefined);
  }

  /** Nothing more is to come. @param bodyBytes Of the response's body, where that was read to its end. */
  #finish(endMs: number, failure: Failure | undefined, bodyBytes?: number): void {
    this.#awaits = 'nothing';
    const attributes = this.#ended ?? this.#end(endMs, failure, bodyBytes);
    if (bodyBytes !== undefined) this.#reporter.instruments.responseBodySize.record(bodyBytes, attributes, this.#begun.context);
  }

  /** @returns what the metrics tell. */
  #end(endMs: number, failure: Failure | undefined, bodyBytes?: number): Attributes {
    const attributes = this.#endAttributes(failure);
    this.#ended = attributes;
    const { instruments } = this.#reporter;
    const { span, context, hasBody } = this.#begun;
    this.#reporter.ended(this.#active);
    this.#leftQueue(undefined);
    instruments.requestDuration.record((endMs - this.#startMs) / 1_000, attributes, context);
    if (hasBody && this.#requestBytes !== undefined) {
      instruments.requestBodySize.record(this.#requestBytes, attributes, context);
    }
    if (this.#isRecording) this.#tellEnd(failure, bodyBytes);
    span.end(this.#epochMs(endMs));
    return attributes;
  }

  /** What the metrics tell of a request that is over. */
  #endAttributes(failure: Failure | undefined): Attributes {
    const { facts } = this.#begun;
    const attributes = metricAttributes(facts, this.#reporter.settings.optIn);
    if (this.#status !== undefined) attributes['http.response.status_code'] = this.#status;
    const error = this.#errorType(failure);
    if (error !== undefined) attributes['error.type'] = error;
    const version = this.#protocolVersion();
    if (version !== undefined) attributes['network.protocol.version'] = version;
    return attributes;
  }

  /** The response's own word or, where there is none, that of the connection. */
  #protocolVersion(): string | undefined {
    return this.#version ?? (this.#connection === undefined ? undefined : protocolVersionOf(this.#connection.protocol));
  }

  #errorType(failure: Failure | undefined): string | undefined {
    if (failure !== undefined) return errorType(failure.error);
    return this.#status !== undefined && this.#status >= 400 ? String(this.#status) : undefined;
  }

  #tellEnd(failure: Failure | undefined, bodyBytes: number | undefined): void {
    const { span } = this.#begun;
    const { optIn, secretNames } = this.#reporter.settings;
    const error = this.#errorType(failure);
    if (error !== undefined) {
      span.setAttribute('error.type', error);
      // Of a status the attribute says it all.
      span.setStatus({
        code: SpanStatusCode.ERROR,
        ...(failure?.error instanceof Error ? { message: redactUrls(failure.error.message, secretNames) } : {}),
      });
    }
    const version = this.#protocolVersion();
    if (version !== undefined) span.setAttribute('network.protocol.version', version);
    if (this.#connection !== undefined) span.setAttributes(peerAttributes(this.#connection, optIn));
    if (this.#ordinal > 0) span.setAttribute('http.request.resend_count', this.#ordinal);
    if (optIn.size > 0) this.#addSizes(span, bodyBytes);
  }

  #addSizes(span: Span, bodyBytes: number | undefined): void {
    const { optIn } = this.#reporter.settings;
    const sizes: Attributes = {};
    if (optIn.has('http.request.body.size') && this.#requestBytes !== undefined) sizes['http.request.body.size'] = this.#requestBytes;
    if (optIn.has('http.response.body.size') && bodyBytes !== undefined) sizes['http.response.body.size'] = bodyBytes;
    span.setAttributes(sizes);
  }

  #nowMs(): number {
    return this.#reporter.settings.clock.monotonicMs();
  }

  /** What spans have their times in. */
  #epochMs(monotonicMs: number): number {
    return this.#begun.startedAtMs + monotonicMs - this.#startMs;
  }
}

/** Who is at the other end of the wire: a proxy, where there is one. */
function peerAttributes({ remoteAddress, remotePort }: ConnectionInfo, optIn: Settings['optIn']): Attributes {
  const attributes: Attributes = {};
  if (remoteAddress !== undefined) attributes['network.peer.address'] = remoteAddress;
  if (remotePort !== undefined) attributes['network.peer.port'] = remotePort;
  if (optIn.has('network.transport')) attributes['network.transport'] = remotePort === undefined ? 'unix' : 'tcp';
  return attributes;
}
