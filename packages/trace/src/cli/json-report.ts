import { timingsOf, type Timings } from '../timings.ts';
import type { ExchangeRecord } from '../exchange-record.ts';
import type { ReuseReport } from '../reuse-report.ts';
import type { ServerTiming } from '../server-timing.ts';
import type { Phase } from '../waterfall/page-data.ts';
import { failureOf, type Failure } from './failure.ts';
import type { LatencySummary } from './latency-tally.ts';
import { phaseSpans, type PhaseSpan } from './phase-spans.ts';
import type { RunReport, WrittenFile } from './run-report.ts';
import type { CountedFailure } from './run-tally.ts';
import { serverTimesOf, shownFields, shownProxy, shownUrl, type ShownField } from './shown-parts.ts';

/**
 * What `--json` prints. Times are in milliseconds unless a name says otherwise. Members may be added; one that is removed, or comes to mean something else,
 * makes another `version`.
 */
export interface JsonReport {
  readonly version: 1;
  /** What printed it. */
  readonly tool: { readonly name: string; readonly version: string };
  readonly exitCode: number;
  /** What was asked for. */
  readonly request: {
    readonly method: string;
    /** Without userinfo, fragment and secrets. */
    readonly url: string;
    readonly requests: number;
    readonly concurrency: number;
    /** 0 for no limit. */
    readonly timeoutMs: number;
    readonly protocol: 'any' | 'http1' | 'http2';
    readonly keepAlive: boolean;
    readonly insecure: boolean;
    /** As `--proxy` said, without userinfo. */
    readonly proxy?: string;
    readonly unix?: string;
  };
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** The signal that ended it before its time. */
  readonly stoppedBy?: string;
  readonly counts: { readonly answered: number; readonly failed: number; readonly interrupted: number; readonly bodyBytes: number };
  /** Answers by their status, by their protocol; requests that had a connection by the address it went to. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly protocols: Readonly<Record<string, number>>;
  readonly addresses: Readonly<Record<string, number>>;
  /** Each kind once; its `message` is that of the first. */
  readonly failures: readonly CountedFailure[];
  /** Of answered requests; absent where there were none. */
  readonly latencyMs?: LatencySummary;
  /** The same of each phase that came, of the requests in which it did. */
  readonly phasesMs: Readonly<Partial<Record<Phase, LatencySummary>>>;
  /** As `reuseMeter().report()` has it. */
  readonly reuse: ReuseReport;
  /** Where one request was asked for: all about it. */
  readonly exchange?: JsonExchange;
  readonly har?: WrittenFile;
  readonly html?: WrittenFile;
}

/** One request. */
export interface JsonExchange {
  readonly status?: number;
  readonly protocol?: string;
  readonly failure?: Failure;
  /** One after the other, without overlaps or gaps, in milliseconds since the request began. */
  readonly phases: readonly PhaseSpan[];
  /** As `timings()` has them, in HAR's words and in curl's. */
  readonly timings: Timings;
  /** Why there was each attempt. */
  readonly attempts: readonly string[];
  readonly bodyBytes?: number;
  /** All fields of the response; secrets are `REDACTED`. */
  readonly headers: readonly ShownField[];
  readonly serverTiming: readonly ServerTiming[];
}

/** The report as a program reads it. What is undefined is absent once it is JSON. */
export function jsonReport(report: RunReport, exitCode: number, tool: JsonReport['tool']): JsonReport {
  const { plan, request, tally, single, stoppedBy, har, html } = report;
  const latencyMs = tally.latency.summary();
  return {
    version: 1,
    tool: { name: tool.name, version: tool.version },
    exitCode,
    request: {
      method: request.method,
      url: shownUrl(request),
      requests: plan.requests,
      concurrency: plan.concurrency,
      timeoutMs: plan.timeoutMs,
      protocol: plan.protocol,
      keepAlive: plan.keepsAlive,
      insecure: plan.isInsecure,
      ...(plan.proxy.kind === 'url' ? { proxy: shownProxy(plan.proxy.url) } : {}),
      ...(plan.unixPath === undefined ? {} : { unix: plan.unixPath }),
    },
    startedAt: new Date(report.startedAtMs).toISOString(),
    durationMs: report.durationMs,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
    counts: { answered: tally.answered, failed: tally.failed, interrupted: tally.interrupted, bodyBytes: tally.bodyBytes },
    statuses: Object.fromEntries(tally.statuses()),
    protocols: Object.fromEntries(tally.protocols()),
    addresses: Object.fromEntries(tally.addresses()),
    failures: tally.failures(),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    phasesMs: Object.fromEntries(tally.phases().map(([phase, times]) => [phase, times.summary()])),
    reuse: report.reuse,
    ...(single === undefined ? {} : { exchange: jsonExchange(single) }),
    ...(har === undefined ? {} : { har }),
    ...(html === undefined ? {} : { html }),
  };
}

function jsonExchange(record: ExchangeRecord): JsonExchange {
  const { status, proto, responseHeaders, attempts } = record;
  const failure = failureOf(record);
  const bodyBytes = attempts.at(-1)?.bodyBytes;
  return {
    ...(status === undefined ? {} : { status }),
    ...(proto === undefined ? {} : { protocol: proto }),
    ...(failure === undefined || failure === 'interrupted' ? {} : { failure }),
    phases: phaseSpans(record),
    timings: timingsOf(record),
    attempts: attempts.map(({ cause }) => cause),
    ...(bodyBytes === undefined ? {} : { bodyBytes }),
    headers: responseHeaders === undefined ? [] : shownFields(responseHeaders),
    serverTiming: responseHeaders === undefined ? [] : serverTimesOf(responseHeaders),
  };
}
