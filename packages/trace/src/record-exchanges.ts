import { aClock, contextKey, emit, systemClock } from '@roundtripper/core';
import type {
  Clock,
  ContextKey,
  HttpRequest,
  HttpResponse,
  OptionCheck,
  OptionReader,
  RoundTripper,
  TraceEvent,
  TraceListener,
} from '@roundtripper/core';

import type { ExchangeRecord } from './exchange-record.ts';
import { ExchangeRecorder, type RecordPolicy } from './exchange-recorder.ts';
import { secretNames } from './secret-names.ts';

/** What recorders have in common. */
export interface RecordOptions {
  /** Where the times come from. Default `systemClock`. */
  readonly clock?: Clock | undefined;
  /**
   * Names of query parameters whose values are not to be recorded, besides those that are known to be secret (signatures of AWS, Google and Azure, access
   * tokens, passwords and the like). In any case. Default none.
   */
  readonly secretParameters?: readonly string[] | undefined;
  /** Whether records hold the headers of request and response, whose values may be secret. Default false. */
  readonly keepHeaders?: boolean | undefined;
}

/** What is done with records, besides keeping each where {@link recordOf} finds it. */
export interface RecordObserver {
  onStart?(record: ExchangeRecord): void;
  /** After the record has taken it in; also after its end, where a connection that it used last closes. */
  onEvent?(record: ExchangeRecord, event: TraceEvent, nowMs: number): void;
  onEnd?(record: ExchangeRecord): void;
}

/** The record of the recorder that is nearest to the Transport, in a request's context; of the one farthest from it, in a response's. */
const recordKey: ContextKey<ExchangeRecord> = contextKey('exchange record');

/** Of errors, which have no context, and of responses that cannot be derived from any more. */
const byOutcome = new WeakMap<object, ExchangeRecord>();

/** Records what `next` is given. */
export function recordExchanges(next: RoundTripper, policy: RecordPolicy, observer: RecordObserver): RoundTripper {
  return { roundTrip: (request) => recordExchange(next, request, policy, observer) };
}

/** @throws What `next` throws, untouched. */
async function recordExchange(
  next: RoundTripper,
  request: HttpRequest,
  policy: RecordPolicy,
  observer: RecordObserver,
): Promise<HttpResponse> {
  const { clock } = policy;
  const recorder = new ExchangeRecorder(request, policy, observer);
  const { record } = recorder;
  observer.onStart?.(record);
  const recorded = request.with({
    trace: listenerOf(recorder, clock, observer, request.trace),
    context: request.context.with(recordKey, record),
  });
  let response: HttpResponse;
  try {
    response = await next.roundTrip(recorded);
  } catch (error) {
    if (typeof error === 'object' && error !== null) byOutcome.set(error, record);
    recorder.failed(error, clock.monotonicMs());
    throw error;
  }
  recorder.answered(response, clock.monotonicMs());
  return response.request?.context.get(recordKey) === record ? response : withRecord(response, record);
}

function listenerOf(recorder: ExchangeRecorder, clock: Clock, observer: RecordObserver, before: TraceListener | undefined): TraceListener {
  if (observer.onEvent === undefined && before === undefined) return (event) => recorder.hear(event, clock.monotonicMs());
  return (event) => {
    const nowMs = clock.monotonicMs();
    recorder.hear(event, nowMs);
    observer.onEvent?.(recorder.record, event, nowMs);
    emit(before, event);
  };
}

/** For a response that does not lead back to the request as we passed it on: made by hand, or recorded nearer to the Transport as well. */
function withRecord(response: HttpResponse, record: ExchangeRecord): HttpResponse {
  try {
    return response.with({ context: response.context.with(recordKey, record) });
  } catch {
    // Its body was read, disposed of or locked further in: there is no other response to be made of it.
    byOutcome.set(response, record);
    return response;
  }
}

/**
 * The record of the request that `outcome`, a response or what a request failed with, came of. Where several recorders have seen it, that of the first
 * listed. It also finds those of responses that were derived from it by `with()` and `clone()`.
 * @returns undefined where none was recorded.
 */
export function recordOf(outcome: unknown): ExchangeRecord | undefined {
  if (typeof outcome !== 'object' || outcome === null) return undefined;
  const found = byOutcome.get(outcome);
  if (found !== undefined || !isResponse(outcome)) return found;
  return outcome.context.get(recordKey) ?? outcome.request?.context.get(recordKey);
}

function isResponse(outcome: object): outcome is HttpResponse {
  return 'context' in outcome && 'status' in outcome;
}

/** The policy of `options`, whose others `reader` has still to read. */
export function readRecordPolicy(reader: OptionReader): RecordPolicy {
  return {
    clock: reader.read('clock', systemClock, aClock),
    secretNames: secretNames([], reader.read('secretParameters', [], aListOfNames)),
    keepHeaders: reader.read('keepHeaders', false, aBoolean),
  };
}

export const aListOfNames: OptionCheck<readonly string[]> = {
  isValid: (value): value is readonly string[] => Array.isArray(value) && value.every((name) => typeof name === 'string'),
  expected: 'an array of strings',
};

const aBoolean: OptionCheck<boolean> = { isValid: (value) => typeof value === 'boolean', expected: 'a boolean' };
