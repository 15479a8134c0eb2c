import { roundTripper, type Middleware, type RoundTripper } from '@roundtripper/core';

import { downloadOf } from './download.ts';
import { resolveResumeOptions, type RepeatOptions, type RepeatSettings } from './retry-options.ts';
import { ResumedBody } from './resumed-body.ts';

/**
 * Goes on with a download that is interrupted where it was: the reader of the body, by whichever means, notices nothing but the wait.
 *
 * Where the answer to a GET has a strong validator and a known length, and its body fails as connections do, the rest is asked for by `Range` and `If-Range`, at most `retries` times in all, after the waits and within the budget
 * of the options. An answer is read on from only where it is the part that was asked for, of the very same bytes: else the body fails with `resume-changed`, `resume-invalid` or `resume-refused`, of which `cause` is what interrupted it.
 * Other failures, and those of the last try, reach the reader as they are.
 *
 * List it before `retry()`, whose attempts then also serve to get the rest, or have `retry({ resume: true })` do that; and after a cache and whatever decodes bodies.
 * By itself it has what a budget has in reserve: give it the one of `retry()`, which has what requests have earned, too.
 * @throws TypeError naming each option that is unknown or invalid.
 */
export function resumeDownloads(options: RepeatOptions = {}): Middleware {
  const settings = resolveResumeOptions(options);
  return (next) => resuming(next, settings);
}

/** A RoundTripper that asks `next` for the rest, too. */
export function resuming(next: RoundTripper, settings: RepeatSettings): RoundTripper {
  return roundTripper(async (request) => {
    const response = await next.roundTrip(request);
    const download = downloadOf(request, response);
    return download === undefined ? response : response.with({ body: new ResumedBody({ request, response, download }, next, settings) });
  });
}
