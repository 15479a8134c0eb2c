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
export { formatReuseReport } from './format-reuse-report.ts';
export type { ReuseCounts, ReuseReport } from './reuse-report.ts';
export { trace, withClientTrace } from './trace.ts';
