import type { CacheDecision, ConnectionInfo, HttpHeaders, HttpRequest, TlsInfo } from '@roundtripper/core';

import type { AttemptRecord, ExchangeRecord } from '../exchange-record.ts';
import { contentWithout } from './har-content.ts';
import { requestCookies, responseCookies } from './har-cookies.ts';
import { harError } from './har-error.ts';
import type { HarContent, HarEntry, HarInitiator, HarPostData, HarRequest, HarResponse, HarTls } from './har-format.ts';
import { fieldsOf, sentFields } from './har-headers.ts';
import { UNKNOWN_INITIATOR } from './har-initiator.ts';
import type { HarRedaction } from './har-redaction.ts';
import { harTimings } from './har-timings.ts';

/** All that is known of an exchange. A record alone will do. */
export interface ExchangeFacts {
  /** Over: what is not, is to be given the time of its end first. */
  readonly record: ExchangeRecord;
  /** As it came to the recorder. */
  readonly request?: HttpRequest | undefined;
  /** The names of the fields that were sent last. */
  readonly sentNames?: readonly string[] | undefined;
  readonly requestHeaders?: HttpHeaders | undefined;
  readonly responseHeaders?: HttpHeaders | undefined;
  readonly statusText?: string | undefined;
  readonly postData?: HarPostData | undefined;
  readonly content?: HarContent | undefined;
  readonly initiator?: HarInitiator | undefined;
  readonly comment?: string | undefined;
}

/** An entry of a HAR document. */
export function harEntry(facts: ExchangeFacts, redaction: HarRedaction): HarEntry {
  const { record, comment } = facts;
  const last = record.attempts.at(-1);
  const resends = record.attempts.filter(({ cause }) => cause === 'resend').length;
  return {
    startedDateTime: new Date(record.startedAtMs).toISOString(),
    ...harTimings(record),
    request: requestOf(facts, last, redaction),
    response: responseOf(facts, last, redaction),
    cache: {},
    ...(last?.connection === undefined ? {} : connectionOf(last.connection, last)),
    ...(comment === undefined ? {} : { comment }),
    _resourceType: 'fetch',
    _initiator: facts.initiator ?? UNKNOWN_INITIATOR,
    ...(isFromCache(record) ? { _fromCache: 'memory' } : {}),
    ...(resends === 0 ? {} : { _resends: resends }),
    ...(record.retries === undefined ? {} : { _retries: record.retries.length }),
    ...(record.cacheDecisions === undefined
      ? {}
      : { _cacheDecisions: record.cacheDecisions.map(({ decision, detail }) => `${decision}: ${detail}`) }),
  };
}

/** What a cache gives out from its store. */
const SERVED: ReadonlySet<CacheDecision> = new Set(['hit', 'stale', 'revalidated']);

function isFromCache({ attempts, cacheDecisions }: ExchangeRecord): boolean {
  return attempts.length === 0 && cacheDecisions?.some(({ decision }) => SERVED.has(decision)) === true;
}

function requestOf(facts: ExchangeFacts, last: AttemptRecord | undefined, redaction: HarRedaction): HarRequest {
  const { record, request, postData } = facts;
  const httpVersion = versionOf(last);
  const url = redaction.url(request === undefined ? record.url : `${request.target.origin.key}${request.target.path}`);
  const { fields, bytes } = requestFields(facts, redaction);
  // A proxy is told more than the path, and CONNECT something else.
  const isPlain = httpVersion === 'HTTP/1.1' && last?.connection?.proxy === undefined && record.method !== 'CONNECT';
  const line = request === undefined || !isPlain ? undefined : `${record.method} ${request.target.path} HTTP/1.1\r\n`;
  return {
    method: record.method,
    url,
    httpVersion,
    cookies: requestCookies(facts.requestHeaders?.get('cookie') ?? null, redaction),
    headers: fields,
    queryString: [...new URL(url).searchParams].map(([name, value]) => ({ name, value })),
    ...(postData === undefined ? {} : { postData }),
    headersSize: line === undefined || bytes === undefined ? -1 : line.length + bytes + LINE_END_BYTES,
    bodySize: last?.requestBodyBytes ?? -1,
  };
}

function requestFields({ request, requestHeaders, sentNames }: ExchangeFacts, redaction: HarRedaction): ReturnType<typeof sentFields> {
  if (request !== undefined && sentNames !== undefined) return sentFields(request, sentNames, redaction);
  return { fields: requestHeaders === undefined ? [] : fieldsOf(requestHeaders, redaction).fields, bytes: undefined };
}

/** The blank line after a head. */
const LINE_END_BYTES = 2;

/** Of what the request was sent in. */
function versionOf(last: AttemptRecord | undefined): string {
  if (last?.connection === undefined) return '';
  return last.connection.protocol === 'h2' ? 'HTTP/2.0' : 'HTTP/1.1';
}

function responseOf(facts: ExchangeFacts, last: AttemptRecord | undefined, redaction: HarRedaction): HarResponse {
  const { record, request } = facts;
  const error = record.error === undefined ? {} : harError(record.error, request?.signal);
  if (record.status === undefined) return { ...NO_ANSWER, ...error };
  const headers = facts.responseHeaders;
  const { fields = [], bytes } = headers === undefined ? {} : fieldsOf(headers, redaction);
  const statusText = facts.statusText ?? '';
  const proto = record.proto ?? '';
  const isHttp1 = last?.connection?.protocol === 'http/1.1';
  const line = `${proto} ${record.status} ${statusText}\r\n`;
  const headersSize = isHttp1 && bytes !== undefined ? line.length + bytes + LINE_END_BYTES : -1;
  // From a cache nothing came, and how large the answer is is what it says.
  const bodySize = last === undefined ? 0 : (last.bodyBytes ?? -1);
  const size = last === undefined ? declaredBytes(headers) : Math.max(0, bodySize);
  return {
    status: record.status,
    statusText,
    httpVersion: proto,
    cookies: responseCookies(headers?.getSetCookie() ?? [], redaction, record.startedAtMs),
    headers: fields,
    content: facts.content ?? contentWithout(headers, size),
    redirectURL: redaction.url(headers?.get('location') ?? ''),
    headersSize,
    bodySize,
    _transferSize: Math.max(0, headersSize) + Math.max(0, bodySize),
    ...error,
  };
}

function declaredBytes(headers: HttpHeaders | undefined): number {
  const declared = headers?.get('content-length') ?? '';
  return /^\d{1,15}$/.test(declared) ? Number(declared) : 0;
}

/** As Chrome writes it. */
const NO_ANSWER: HarResponse = {
  status: 0,
  statusText: '',
  httpVersion: '',
  cookies: [],
  headers: [],
  content: { size: 0, mimeType: 'x-unknown' },
  redirectURL: '',
  headersSize: -1,
  bodySize: -1,
  _transferSize: 0,
};

type ConnectionFields =
  | 'serverIPAddress'
  | 'connection'
  | '_connectionId'
  | '_connectionReused'
  | '_connectionIdleTime'
  | '_connectionCloseReason'
  | '_proxy'
  | '_tls'
  | '_streamId';

function connectionOf(connection: ConnectionInfo, attempt: AttemptRecord): Partial<Pick<HarEntry, ConnectionFields>> {
  const { remoteAddress, remotePort, proxy, tls } = connection;
  return {
    // A Unix domain socket has a path and no port.
    ...(remoteAddress === undefined || remotePort === undefined ? {} : { serverIPAddress: remoteAddress, connection: String(remotePort) }),
    _connectionId: String(connection.id),
    ...(attempt.reused === undefined ? {} : { _connectionReused: attempt.reused }),
    ...(attempt.wasIdle === true && attempt.idleTimeMs !== undefined ? { _connectionIdleTime: attempt.idleTimeMs } : {}),
    ...(attempt.notKept === undefined ? {} : { _connectionCloseReason: attempt.notKept }),
    ...(proxy === undefined ? {} : { _proxy: proxy }),
    ...(tls === undefined ? {} : { _tls: tlsOf(tls) }),
    ...(attempt.streamId === undefined ? {} : { _streamId: attempt.streamId }),
  };
}

function tlsOf({ protocol, cipher, alpnProtocol, resumed }: TlsInfo): HarTls {
  return {
    ...(protocol === undefined ? {} : { protocol }),
    ...(cipher === undefined ? {} : { cipher }),
    ...(alpnProtocol === undefined ? {} : { alpnProtocol }),
    resumed,
  };
}
