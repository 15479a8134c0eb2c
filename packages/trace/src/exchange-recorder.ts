import type { Clock, ConnectionInfo, HttpRequest, HttpResponse, TraceEvent } from '@roundtripper/core';

import type { AttemptCause, CacheDecisionRecord, DialRecord, ExchangeRecord, RedirectRecord, RetryRecord } from './exchange-record.ts';
import { dialOf, recordDial, RecordedAttempt, recordExchange, recordRelease } from './recorded-attempt.ts';
import { redactUrl } from './redact-url.ts';
import type { SecretNames } from './secret-names.ts';

/** How requests are recorded. */
export interface RecordPolicy {
  readonly clock: Clock;
  /** Of the query parameters whose values are not to be recorded. */
  readonly secretNames: SecretNames;
  readonly keepHeaders: boolean;
}

/** Who is told when a record is over: once. */
interface Ended {
  onEnd?(record: ExchangeRecord): void;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** An {@link ExchangeRecord} while it is filled in. */
interface RecordedExchange extends Mutable<Omit<ExchangeRecord, 'attempts' | 'cacheDecisions' | 'retries' | 'redirects'>> {
  readonly attempts: RecordedAttempt[];
  cacheDecisions: CacheDecisionRecord[] | undefined;
  retries: RetryRecord[] | undefined;
  redirects: RedirectRecord[] | undefined;
}

let exchangesRecorded = 0;

/** How connections were dialled, and by whose clock: a burst of requests takes one another's dials, and each wants to know how its own connection came about. */
const dials = new WeakMap<ConnectionInfo, { readonly clock: Clock; readonly dial: DialRecord }>();

/** Makes the {@link ExchangeRecord} of one request of what it is told. It reads no clock but at its beginning. */
export class ExchangeRecorder {
  readonly #record: RecordedExchange;
  readonly #policy: RecordPolicy;
  readonly #ended: Ended;
  #attempt: RecordedAttempt | undefined;
  /** The attempt whose dial is under way: it may be over itself. */
  #dialling: RecordedAttempt | undefined;
  #nextCause: AttemptCause = 'first';
  /** After the end another attempt has begun, such as a cache's in the background: what is told from now on is of that. */
  #isDetached = false;

  constructor(request: HttpRequest, policy: RecordPolicy, ended: Ended = {}) {
    this.#policy = policy;
    this.#ended = ended;
    this.#record = newRecord(request, policy);
  }

  get record(): ExchangeRecord {
    return this.#record;
  }

  /** An event of the request. */
  hear(event: TraceEvent, nowMs: number): void {
    if (this.#record.endMs !== undefined) {
      this.#hearLate(event, nowMs);
      return;
    }
    switch (event.kind) {
      case 'getConn':
        this.#begin(event.hostPort, nowMs);
        break;
      case 'bodyEnd':
        this.#bodyEnded(event, nowMs);
        break;
      case 'requestFailed':
        this.#endAttempt(nowMs, event.error);
        break;
      case 'resend':
        this.#endAttempt(nowMs, event.error);
        this.#nextCause = 'resend';
        break;
      case 'retry': {
        const { attempt, delayMs, status, error } = event;
        (this.#record.retries ??= []).push({ atMs: nowMs, attempt, delayMs, status, error });
        this.#nextCause = 'retry';
        break;
      }
      case 'redirect': {
        const url = redactUrl(event.url, this.#policy.secretNames);
        (this.#record.redirects ??= []).push({ atMs: nowMs, status: event.status, hop: event.hop, url });
        this.#nextCause = 'redirect';
        break;
      }
      case 'cacheDecision':
        (this.#record.cacheDecisions ??= []).push({ atMs: nowMs, decision: event.decision, detail: event.detail });
        break;
      default:
        this.#hearStep(event, nowMs);
    }
  }

  /** The response that goes outwards. */
  answered(response: HttpResponse, nowMs: number): void {
    const record = this.#record;
    record.answeredMs = nowMs;
    record.status = response.status;
    record.proto = response.proto;
    if (this.#policy.keepHeaders) record.responseHeaders = response.headers;
    const attempt = this.#attempt;
    // One that did not come over a connection has no end that anybody tells; nor has one whose body was all there before.
    if (attempt === undefined || response.connection === undefined) this.#end(nowMs, undefined);
    else if (attempt.endMs !== undefined) this.#end(nowMs, attempt.error);
  }

  /** What the request failed with. */
  failed(error: unknown, nowMs: number): void {
    this.#record.answeredMs = nowMs;
    this.#endAttempt(nowMs, error);
    this.#end(nowMs, error);
  }

  #begin(hostPort: string, nowMs: number): void {
    this.#endAttempt(nowMs, undefined);
    this.#attempt = new RecordedAttempt(this.#nextCause, hostPort, nowMs);
    this.#nextCause = 'other';
    this.#record.attempts.push(this.#attempt);
  }

  #hearStep(event: TraceEvent, nowMs: number): void {
    if (this.#attempt === undefined) return;
    if (isOfDial(event)) this.#hearDial(event, this.#attempt, nowMs);
    else if (this.#attempt.endMs === undefined) this.#hearExchange(event, this.#attempt, nowMs);
    // A listener may abort the request while its connection is being given to it: it is over then, and has had none.
    else recordRelease(this.#attempt, event, nowMs);
  }

  #hearExchange(event: TraceEvent, attempt: RecordedAttempt, nowMs: number): void {
    recordExchange(attempt, event, nowMs);
    if (event.kind !== 'gotConn' || !event.dialledByAnother) return;
    const known = dials.get(event.connection);
    if (known?.clock === this.#policy.clock) attempt.dialOfAnother = known.dial;
  }

  #hearDial(event: TraceEvent, attempt: RecordedAttempt, nowMs: number): void {
    if (event.kind === 'dialStart') this.#dialling = attempt;
    if (event.kind === 'dialDonated') {
      const dialler = this.#record.attempts.findLast(({ dialled }) => dialled?.id === event.connection.id);
      if (dialler !== undefined) dialler.dialDonatedTo = event.to;
      return;
    }
    const dialling = this.#dialling ?? attempt;
    recordDial(dialling, event, nowMs);
    if (event.kind !== 'dialEnd') return;
    this.#dialling = undefined;
    if (event.connection !== undefined) dials.set(event.connection, { clock: this.#policy.clock, dial: dialOf(dialling) });
  }

  #hearLate(event: TraceEvent, nowMs: number): void {
    if (event.kind === 'getConn') this.#isDetached = true;
    if (this.#isDetached || this.#attempt === undefined) return;
    if (isOfDial(event)) this.#hearDial(event, this.#attempt, nowMs);
    else recordRelease(this.#attempt, event, nowMs);
  }

  #bodyEnded(event: Extract<TraceEvent, { kind: 'bodyEnd' }>, nowMs: number): void {
    const attempt = this.#attempt;
    if (attempt === undefined) return;
    attempt.bodyEndMs = nowMs;
    attempt.bodyBytes = event.bodyBytes;
    this.#endAttempt(nowMs, event.error);
    if (this.#record.answeredMs !== undefined) this.#end(nowMs, event.error);
  }

  #endAttempt(nowMs: number, error: unknown): void {
    if (this.#attempt === undefined || this.#attempt.endMs !== undefined) return;
    this.#attempt.endMs = nowMs;
    this.#attempt.error = error;
  }

  #end(nowMs: number, error: unknown): void {
    this.#record.endMs = nowMs;
    this.#record.error = error;
    this.#ended.onEnd?.(this.#record);
  }
}

/** In the order of the fields of an {@link ExchangeRecord}, all of them, so that every record has the same shape. */
function newRecord(request: HttpRequest, { clock, secretNames, keepHeaders }: RecordPolicy): RecordedExchange {
  const { origin, path } = request.target;
  const url = `${origin.key}${path}`;
  return {
    id: ++exchangesRecorded,
    method: request.method,
    url: path.includes('?') ? redactUrl(url, secretNames) : url,
    origin: origin.key,
    startedAtMs: clock.nowMs(),
    startMs: clock.monotonicMs(),
    attempts: [],
    status: undefined,
    proto: undefined,
    answeredMs: undefined,
    endMs: undefined,
    error: undefined,
    cacheDecisions: undefined,
    retries: undefined,
    redirects: undefined,
    requestHeaders: keepHeaders ? request.headers : undefined,
    responseHeaders: undefined,
  };
}

function isOfDial({ kind }: TraceEvent): boolean {
  switch (kind) {
    case 'dialStart':
    case 'dnsStart':
    case 'dnsDone':
    case 'connectStart':
    case 'connectDone':
    case 'proxyConnectStart':
    case 'proxyConnectDone':
    case 'tlsHandshakeStart':
    case 'tlsHandshakeDone':
    case 'connOpened':
    case 'dialEnd':
    case 'dialDonated':
      return true;
    default:
      return false;
  }
}
