import { OptionReader, type Middleware, type OptionCheck } from '@roundtripper/core';

import { callSafely } from './call-safely.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import { readRecordPolicy, recordExchanges, type RecordOptions } from './record-exchanges.ts';

/** Of {@link recordTimings}. Every option may be left out. */
export interface RecordTimingsOptions extends RecordOptions {
  /**
   * Called with each record once it is over, whether or not there was an answer. That is within the reading of the response's last byte: what takes long
   * belongs elsewhere. What it throws is dropped.
   */
  readonly onExchange?: ((record: ExchangeRecord) => void) | undefined;
}

/**
 * A middleware that records what happens to each request, for {@link timings}. List it first to time what the caller waits for, with retries and what a cache
 * does; list it next to the Transport to time each attempt by itself.
 * @throws TypeError naming each option that is unknown or invalid.
 */
export function recordTimings(options: RecordTimingsOptions = {}): Middleware {
  const reader = new OptionReader('recordTimings', options);
  const policy = readRecordPolicy(reader);
  const onExchange = reader.read<RecordTimingsOptions['onExchange']>('onExchange', undefined, aCallback);
  reader.finish();
  const observer = onExchange === undefined ? {} : { onEnd: (record: ExchangeRecord): void => callSafely(onExchange, record) };
  return (next) => recordExchanges(next, policy, observer);
}

const aCallback: OptionCheck<RecordTimingsOptions['onExchange']> = {
  isValid: (value): value is RecordTimingsOptions['onExchange'] => typeof value === 'function',
  expected: 'a function',
};
