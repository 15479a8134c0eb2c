import {
  propagation,
  trace,
  type MeterProvider,
  type Span,
  type TextMapPropagator,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { aClock, OptionReader, systemClock, type Clock, type HttpRequest, type HttpResponse, type OptionCheck } from '@roundtripper/core';

import { secretNames, type SecretNames } from '../secret-names.ts';
import { KNOWN_METHODS, knownMethodsFrom } from './known-methods.ts';
import { DEFAULT_SPAN_EVENTS, isSpanEventKind, type SpanEventKind } from './span-events.ts';

/** Attributes that are left out unless they are asked for: all but `network.peer.address` by the conventions. The metrics have the first two of them, the spans all but the second. */
export type OptInAttribute =
  | 'url.scheme'
  /** Of `http.client.open_connections` and `http.client.connection.duration`, where it is recommended, and makes a series of each address. Spans have it in any case. */
  | 'network.peer.address'
  | 'network.transport'
  | 'user_agent.original'
  | 'http.request.body.size'
  | 'http.response.body.size';

/**
 * What is told to OpenTelemetry, and to whom. Every field is optional. A function of these is called once a request; what it throws goes to OpenTelemetry's `diag`
 * logger, and the request goes on as if there were no such function.
 */
export interface OpenTelemetryOptions {
  /** Default: the global one. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Default: the global one, as it is when the first request comes: the API has no place holder for it. */
  readonly meterProvider?: MeterProvider | undefined;
  /** What writes the span's context into the request's headers. Default: the global one, which the SDK's set-up makes W3C Trace Context and Baggage. */
  readonly propagator?: TextMapPropagator | undefined;
  /**
   * The methods that are told as they are, in any number; all others are `_OTHER`, so that nobody's inventions make series without end. In place of the default, which is those of RFC 9110 with
   * PATCH (RFC 5789) and QUERY, or the environment's `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`, separated by commas.
   */
  readonly knownMethods?: readonly string[] | undefined;
  /** Names of query parameters whose values `url.full` does not tell, besides those that are known to be secret (`sig`, `X-Amz-Signature`, `access_token` …). In any letter case. */
  readonly secretParameters?: readonly string[] | undefined;
  /** The request's `url.template`, like `/users/{id}`: of few different values. It is in the span's name and on the metrics. */
  readonly urlTemplate?: ((request: HttpRequest) => string | undefined) | undefined;
  /** The span's name, of few different values. Default: the method, and the template where there is one. */
  readonly spanName?: ((request: HttpRequest) => string | undefined) | undefined;
  /** Names of request fields that the span tells, as `http.request.header.<name>`. Their values are told as they are: none that is a secret should be here. Default none. */
  readonly captureRequestHeaders?: readonly string[] | undefined;
  /** As `captureRequestHeaders`, of the response. */
  readonly captureResponseHeaders?: readonly string[] | undefined;
  /** Whether there is a span only where there is a parent for it. Metrics are recorded either way. Default false. */
  readonly requireParentSpan?: boolean | undefined;
  /** Requests that have neither span nor metrics, nor a context injected: those of an exporter, say. Their connections are counted all the same. */
  readonly ignore?: ((request: HttpRequest) => boolean) | undefined;
  /** Which events of a request are events of its span, too: none (false, the default), those that say where its time went (true), or these. */
  readonly spanEvents?: boolean | readonly SpanEventKind[] | undefined;
  /**
   * When the span ends, and with it what `http.client.request.duration` measures and `http.client.active_requests` counts: with the response's `body` (the default) or with its `head`.
   * What fails after the end is not told.
   */
  readonly endWith?: 'body' | 'head' | undefined;
  /** Attributes to add. Default none. */
  readonly optIn?: readonly OptInAttribute[] | undefined;
  /** Called with the span that was begun, where it is recorded. */
  readonly requestHook?: ((span: Span, request: HttpRequest) => void) | undefined;
  /** Called when the response is there, before its body is read, where the span is recorded. The response must be neither read nor kept. */
  readonly responseHook?: ((span: Span, response: HttpResponse) => void) | undefined;
  /** Where times are taken from. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** The options, checked. */
export interface Settings {
  /** Of the global provider it is a stand-in, which finds the provider when there is one. */
  readonly tracer: Tracer;
  readonly meterProvider: MeterProvider | undefined;
  readonly propagator: Pick<TextMapPropagator, 'inject'>;
  readonly knownMethods: ReadonlySet<string>;
  readonly secretNames: SecretNames;
  readonly urlTemplate: OpenTelemetryOptions['urlTemplate'];
  readonly spanName: OpenTelemetryOptions['spanName'];
  readonly captureRequestHeaders: readonly string[];
  readonly captureResponseHeaders: readonly string[];
  readonly requireParentSpan: boolean;
  readonly ignore: OpenTelemetryOptions['ignore'];
  readonly spanEvents: ReadonlySet<SpanEventKind>;
  readonly endsWithHead: boolean;
  readonly optIn: ReadonlySet<OptInAttribute>;
  readonly requestHook: OpenTelemetryOptions['requestHook'];
  readonly responseHook: OpenTelemetryOptions['responseHook'];
  readonly clock: Clock;
}

/** The scope of what is told here. */
export const SCOPE = '@roundtripper/trace';

/** @throws TypeError naming each option that is unknown or invalid. */
export function resolveOptions(options: OpenTelemetryOptions): Settings {
  const reader = new OptionReader('openTelemetry', options);
  const tracerProvider = reader.read('tracerProvider', undefined, aTracerProvider);
  const spanEvents = reader.read<boolean | readonly SpanEventKind[]>('spanEvents', false, someEvents);
  const settings: Settings = {
    tracer: (tracerProvider ?? trace).getTracer(SCOPE),
    meterProvider: reader.read('meterProvider', undefined, aMeterProvider),
    propagator: reader.read('propagator', propagation, aPropagator),
    knownMethods: new Set(reader.read('knownMethods', environmentMethods(), names)),
    secretNames: secretNames([], reader.read('secretParameters', [], names)),
    urlTemplate: reader.read('urlTemplate', undefined, aFunction<OpenTelemetryOptions['urlTemplate']>()),
    spanName: reader.read('spanName', undefined, aFunction<OpenTelemetryOptions['spanName']>()),
    captureRequestHeaders: reader.read('captureRequestHeaders', [], names).map((name) => name.toLowerCase()),
    captureResponseHeaders: reader.read('captureResponseHeaders', [], names).map((name) => name.toLowerCase()),
    requireParentSpan: reader.read('requireParentSpan', false, aBoolean),
    ignore: reader.read('ignore', undefined, aFunction<OpenTelemetryOptions['ignore']>()),
    spanEvents: new Set(typeof spanEvents === 'boolean' ? eventsByDefault(spanEvents) : spanEvents),
    endsWithHead: reader.read<'body' | 'head'>('endWith', 'body', bodyOrHead) === 'head',
    optIn: new Set(reader.read('optIn', [], optInAttributes)),
    requestHook: reader.read('requestHook', undefined, aFunction<OpenTelemetryOptions['requestHook']>()),
    responseHook: reader.read('responseHook', undefined, aFunction<OpenTelemetryOptions['responseHook']>()),
    clock: reader.read('clock', systemClock, aClock),
  };
  reader.finish();
  return settings;
}

function eventsByDefault(isOn: boolean): readonly SpanEventKind[] {
  return isOn ? DEFAULT_SPAN_EVENTS : [];
}

function environmentMethods(): readonly string[] {
  return knownMethodsFrom(process.env['OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS']) ?? KNOWN_METHODS;
}

const aTracerProvider: OptionCheck<TracerProvider | undefined> = {
  isValid: (value): value is TracerProvider => hasMethods(value, 'getTracer'),
  expected: 'an OpenTelemetry TracerProvider',
};

const aMeterProvider: OptionCheck<MeterProvider | undefined> = {
  isValid: (value): value is MeterProvider => hasMethods(value, 'getMeter'),
  expected: 'an OpenTelemetry MeterProvider',
};

const aPropagator: OptionCheck<Pick<TextMapPropagator, 'inject'>> = {
  isValid: (value): value is Pick<TextMapPropagator, 'inject'> => hasMethods(value, 'inject'),
  expected: 'an OpenTelemetry TextMapPropagator',
};

const aBoolean: OptionCheck<boolean> = { isValid: (value) => typeof value === 'boolean', expected: 'a boolean' };

const names: OptionCheck<readonly string[]> = {
  isValid: (value): value is readonly string[] => Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== ''),
  expected: 'an array of names',
};

const someEvents: OptionCheck<boolean | readonly SpanEventKind[]> = {
  isValid: (value): value is boolean | readonly SpanEventKind[] =>
    typeof value === 'boolean' || (Array.isArray(value) && value.every(isSpanEventKind)),
  expected: 'a boolean or an array of kinds of events',
};

const bodyOrHead: OptionCheck<'body' | 'head'> = {
  isValid: (value): value is 'body' | 'head' => value === 'body' || value === 'head',
  expected: '"body" or "head"',
};

const OPT_IN: Readonly<Record<OptInAttribute, true>> = {
  'url.scheme': true,
  'network.peer.address': true,
  'network.transport': true,
  'user_agent.original': true,
  'http.request.body.size': true,
  'http.response.body.size': true,
};

const optInAttributes: OptionCheck<readonly OptInAttribute[]> = {
  isValid: (value): value is readonly OptInAttribute[] =>
    Array.isArray(value) && value.every((name) => typeof name === 'string' && Object.hasOwn(OPT_IN, name)),
  expected: `an array of ${Object.keys(OPT_IN).join(', ')}`,
};

function aFunction<T>(): OptionCheck<T> {
  return { isValid: (value): value is T => typeof value === 'function', expected: 'a function' };
}

function hasMethods(value: unknown, ...methods: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && methods.every((method) => typeof Reflect.get(value, method) === 'function');
}
