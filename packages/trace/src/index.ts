export type { ClientTrace, ConnClosedInfo, GotConnInfo, TlsHandshakeInfo } from './client-trace.ts';
export { reuseMeter, type ReuseMeter } from './reuse-meter.ts';
export { formatReuseReport, type OriginReuse, type ReuseReport } from './reuse-report.ts';
export { trace, withClientTrace } from './trace.ts';
