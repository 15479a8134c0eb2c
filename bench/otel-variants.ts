import { createRequire, syncBuiltinESMExports } from 'node:module';

import { context, propagation } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { ExportResultCode, W3CTraceContextPropagator } from '@opentelemetry/core';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { AggregationTemporality, MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace';
import { compose, HttpRequest, Transport } from '@roundtripper/core';
import { openTelemetry } from '@roundtripper/trace/opentelemetry';
import type { BenchClient, Target } from './client.ts';
import { openNodeHttp } from './clients/node-http.ts';
import { openUndiciRequest } from './clients/undici-request.ts';

/** A client that tells OpenTelemetry: those that patch others do it for their own windows only. */
interface OtelVariant extends AsyncDisposable {
  readonly get: () => Promise<void>;
  readonly turnOn?: () => void;
  readonly turnOff?: () => void;
}

/** The real SDK, whose exporters drop what they are given: what is measured is what a request does. */
class Sdk implements AsyncDisposable {
  readonly tracerProvider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter: droppingSpans })] });
  readonly meterProvider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: droppingMetrics })] });

  constructor() {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.tracerProvider.shutdown(), this.meterProvider.shutdown()]);
  }
}

const droppingSpans: SpanExporter = {
  export: (_spans, done) => done({ code: ExportResultCode.SUCCESS }),
  shutdown: () => Promise.resolve(),
};

const droppingMetrics: PushMetricExporter = {
  export: (_metrics, done) => done({ code: ExportResultCode.SUCCESS }),
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
  selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
};

/** `openTelemetry()`, with all its metrics. */
export function openOtelTransport({ url, concurrency, check }: Target): OtelVariant {
  const sdk = new Sdk();
  const transport = new Transport({ maxConnsPerHost: concurrency });
  const client = compose(openTelemetry({ tracerProvider: sdk.tracerProvider, meterProvider: sdk.meterProvider }), transport);
  return {
    get: async () => {
      const response = await client.roundTrip(new HttpRequest(url));
      check(response.status, await response.text());
    },
    [Symbol.asyncDispose]: async () => {
      await transport.close({ graceful: false });
      await sdk[Symbol.asyncDispose]();
    },
  };
}

/** `@opentelemetry/instrumentation-undici`: of the metrics it has the request's duration. */
export function openOtelUndici(target: Target): OtelVariant {
  return instrumented(new UndiciInstrumentation(), () => openUndiciRequest(target));
}

/** `@opentelemetry/instrumentation-http`, with the same. */
export function openOtelNodeHttp(target: Target): OtelVariant {
  return instrumented(new HttpInstrumentation(), () => openNodeHttp(target));
}

function instrumented(instrumentation: UndiciInstrumentation | HttpInstrumentation, open: () => BenchClient): OtelVariant {
  const sdk = new Sdk();
  instrumentation.setTracerProvider(sdk.tracerProvider);
  instrumentation.setMeterProvider(sdk.meterProvider);
  const turnOn = (): void => {
    instrumentation.enable();
    // It patches what is required from then on; what is imported follows when it is told to.
    createRequire(import.meta.url)('node:http');
    syncBuiltinESMExports();
  };
  const turnOff = (): void => {
    instrumentation.disable();
    syncBuiltinESMExports();
  };
  // The client takes node:http's functions as they are when it is made.
  turnOn();
  const client = open();
  turnOff();
  return {
    get: () => client.get(),
    turnOn,
    turnOff,
    [Symbol.asyncDispose]: async () => {
      turnOff();
      await client.close();
      await sdk[Symbol.asyncDispose]();
    },
  };
}
