/// <reference types="node" preserve="true" />
export type {
  BodyInfo,
  CacheDecisionInfo,
  ClientTrace,
  ConnClosedInfo,
  DialDonatedInfo,
  DialEndInfo,
  GoAwayInfo,
  GotConnInfo,
  ProxyConnectInfo,
  PutIdleConnInfo,
  QueueStartInfo,
  RedirectInfo,
  RetryInfo,
  TlsHandshakeInfo,
} from './client-trace.ts';
export { reuseMeter, type ReuseMeter } from './reuse-meter.ts';
export type { ReuseMeterOptions } from './reuse-options.ts';
export type { ChurnKind, ChurnWarning } from './churn-warning.ts';
export { formatReuseTable, type ReuseTableOptions } from './reuse-table.ts';
export { prometheusText, type PrometheusOptions } from './prometheus-text.ts';
export { formatReuseReport } from './format-reuse-report.ts';
export type { Distribution, ReasonCounts, ReuseCounts, ReuseReport, RouteCounts } from './reuse-report.ts';
export { trace, withClientTrace, type HooksOf } from './trace.ts';
export type {
  AttemptCause,
  AttemptRecord,
  CacheDecisionRecord,
  ConnectionRecord,
  DialRecord,
  ExchangeRecord,
  RedirectRecord,
  RetryRecord,
  TraceRecords,
} from './exchange-record.ts';
export { publishTrace, type PublishedEvent, type PublishTraceOptions } from './publish-trace.ts';
export { recordOf, type RecordOptions } from './record-exchanges.ts';
export { recordTimings, type RecordTimingsOptions } from './record-timings.ts';
export { serverTiming, type ServerTiming } from './server-timing.ts';
export { timings, timingsOf, type Phases, type Timings } from './timings.ts';
export { traceLog, type TraceLog, type TraceLogOptions } from './trace-log.ts';
export { waterfall, type WaterfallOptions } from './waterfall/waterfall.ts';
export { harRecorder, type HarRecorder } from './har/har-recorder.ts';
export type { HarBodies } from './har/har-content.ts';
export { repairHar } from './har/har-document.ts';
export type {
  Har,
  HarCallFrame,
  HarContent,
  HarCookie,
  HarCreator,
  HarEntry,
  HarInitiator,
  HarLog,
  HarNameValue,
  HarPostData,
  HarRequest,
  HarResponse,
  HarTimings,
  HarTls,
} from './har/har-format.ts';
export type { HarRecorderOptions, HarRecorderRedactOptions } from './har/har-options.ts';
export type { HarRedactOptions } from './har/har-redaction.ts';
export type { HarDropped, HarStats } from './har/har-writer.ts';
export { toHar, type ToHarOptions } from './har/to-har.ts';
