import type { HttpResponse } from '@roundtripper/core';

import { quotaReset } from './quota-reset.ts';
import { retryAfter } from './retry-after.ts';

/**
 * How long a response asks to be left alone, in milliseconds from now; `undefined` where it does not. `Retry-After` of a failure comes first, as the draft of the RateLimit fields has it;
 * with a redirect it means something else (RFC 9110 §10.2.3). Then what is said of quotas.
 */
export function hint({ status, headers }: HttpResponse, nowMs: number): number | undefined {
  return (status >= 400 ? retryAfter(headers, nowMs) : undefined) ?? quotaReset(status, headers, nowMs);
}
