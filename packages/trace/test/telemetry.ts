import { context, type Attributes } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider, type ReadableSpan, type Sampler } from '@opentelemetry/sdk-trace';

/** The real SDK, whose exporters keep what they are given. Its context manager is the global one: one of these at a time. */
export class Telemetry implements AsyncDisposable {
  readonly tracerProvider: TracerProvider;
  readonly meterProvider: MeterProvider;
  readonly propagator: W3CTraceContextPropagator = new W3CTraceContextPropagator();
  readonly #spans = new InMemorySpanExporter();
  readonly #metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly #contextManager = new AsyncLocalStorageContextManager();

  constructor(sampler?: Sampler) {
    const spanProcessors = [new SimpleSpanProcessor({ exporter: this.#spans })];
    this.tracerProvider = new TracerProvider(sampler === undefined ? { spanProcessors } : { spanProcessors, sampler });
    // Only when it is asked to: the interval is longer than any test.
    const reader = new PeriodicExportingMetricReader({ exporter: this.#metrics, exportIntervalMillis: 3_600_000 });
    this.meterProvider = new MeterProvider({ readers: [reader] });
    context.setGlobalContextManager(this.#contextManager.enable());
  }

  /** What has ended, in that order. */
  get spans(): readonly ReadableSpan[] {
    return this.#spans.getFinishedSpans();
  }

  /** The one span that has ended. */
  get span(): ReadableSpan {
    const [span, ...more] = this.spans;
    if (span === undefined || more.length > 0) throw new Error(`${this.spans.length} spans have ended, where one was expected`);
    return span;
  }

  async metrics(): Promise<Metrics> {
    this.#metrics.reset();
    await this.meterProvider.forceFlush();
    const scopes = this.#metrics.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
    return new Metrics(scopes.flatMap(({ metrics }) => metrics));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    context.disable();
    await this.tracerProvider.shutdown();
    await this.meterProvider.shutdown();
  }
}

/** A series of a metric: of a counter its value, of a histogram how much was recorded how often. */
export interface Series {
  readonly attributes: Attributes;
  readonly value: number;
  readonly count: number;
}

/** What was collected at one time. */
export class Metrics {
  readonly #data: readonly MetricData[];

  constructor(data: readonly MetricData[]) {
    this.#data = data;
  }

  get names(): readonly string[] {
    return this.#data.map(({ descriptor }) => descriptor.name);
  }

  /** The metric as the exporter has it. */
  data(name: string): MetricData {
    const found = this.#data.find(({ descriptor }) => descriptor.name === name);
    if (found === undefined) throw new Error(`nothing was recorded for ${name}; there are ${this.names.join(', ')}`);
    return found;
  }

  /** Every series of it. None where nothing was recorded. */
  series(name: string): readonly Series[] {
    return this.names.includes(name) ? seriesOf(this.data(name)) : [];
  }

  /** The series of `http.client.open_connections` in that state, added up. */
  connections(state: 'active' | 'idle'): number {
    const series = this.series('http.client.open_connections').filter(({ attributes }) => attributes['http.connection.state'] === state);
    return series.reduce((sum, { value }) => sum + value, 0);
  }
}

function seriesOf(data: MetricData): readonly Series[] {
  if (data.dataPointType === DataPointType.SUM) return data.dataPoints.map(({ attributes, value }) => ({ attributes, value, count: 1 }));
  if (data.dataPointType === DataPointType.HISTOGRAM) {
    return data.dataPoints.map(({ attributes, value }) => ({ attributes, value: value.sum ?? Number.NaN, count: value.count }));
  }
  throw new Error(`${data.descriptor.name} is neither a sum nor a histogram`);
}
