import { metrics, ValueType, type Histogram, type Meter, type MeterProvider, type UpDownCounter } from '@opentelemetry/api';

/** The conventions' advice for durations in seconds. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** As .NET has them: connections live from below a request's duration to minutes. */
const CONNECTION_SECONDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

/** From an empty body to 64 MiB, by powers of 4 from 64 bytes. */
const BODY_BYTES = [0, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864];

/** What is measured: the client metrics of the HTTP conventions, and two of .NET's. */
export interface Instruments {
  readonly requestDuration: Histogram;
  readonly requestBodySize: Histogram;
  readonly responseBodySize: Histogram;
  readonly openConnections: UpDownCounter;
  readonly connectionDuration: Histogram;
  readonly activeRequests: UpDownCounter;
  readonly timeInQueue: Histogram;
  readonly dnsLookupDuration: Histogram;
}

/** @param provider The global one where it is undefined. */
export function instrumentsOf(provider: MeterProvider | undefined, scope: string): Instruments {
  const meter = (provider ?? metrics.getMeterProvider()).getMeter(scope);
  return {
    requestDuration: seconds(meter, 'http.client.request.duration', 'Duration of HTTP client requests.', REQUEST_SECONDS),
    requestBodySize: bytes(meter, 'http.client.request.body.size', 'Size of HTTP client request bodies.'),
    responseBodySize: bytes(meter, 'http.client.response.body.size', 'Size of HTTP client response bodies.'),
    openConnections: count(meter, 'http.client.open_connections', {
      unit: '{connection}',
      description: 'Number of outbound HTTP connections that are currently active or idle on the client.',
    }),
    connectionDuration: seconds(
      meter,
      'http.client.connection.duration',
      'The duration of the successfully established outbound HTTP connections.',
      CONNECTION_SECONDS,
    ),
    activeRequests: count(meter, 'http.client.active_requests', { unit: '{request}', description: 'Number of active HTTP requests.' }),
    timeInQueue: seconds(
      meter,
      'http.client.request.time_in_queue',
      'The amount of time requests spent waiting for a connection, where none was at hand.',
      REQUEST_SECONDS,
    ),
    dnsLookupDuration: seconds(meter, 'dns.lookup.duration', 'Measures the time taken to perform a DNS lookup.', REQUEST_SECONDS),
  };
}

function seconds(meter: Meter, name: string, description: string, explicitBucketBoundaries: number[]): Histogram {
  return meter.createHistogram(name, { unit: 's', description, valueType: ValueType.DOUBLE, advice: { explicitBucketBoundaries } });
}

function bytes(meter: Meter, name: string, description: string): Histogram {
  return meter.createHistogram(name, {
    unit: 'By',
    description,
    valueType: ValueType.INT,
    advice: { explicitBucketBoundaries: BODY_BYTES },
  });
}

function count(meter: Meter, name: string, { unit, description }: { readonly unit: string; readonly description: string }): UpDownCounter {
  return meter.createUpDownCounter(name, { unit, description, valueType: ValueType.INT });
}
