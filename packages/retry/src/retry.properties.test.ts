import { HttpResponse, RoundTripError, roundTripper, type HttpRequest, type RoundTripErrorCode, type Sent } from '@roundtripper/core';
import { TestClock } from '@roundtripper/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { itself, setUp } from '../test/scripted.ts';
import { attemptsOf, type RetryOptions, type RetryPolicy } from './index.ts';

/** What a server does with one attempt. */
type Fate =
  | { readonly kind: 'answer'; readonly afterMs: number; readonly status: number; readonly headers: Record<string, string> }
  | { readonly kind: 'failure'; readonly afterMs: number; readonly code: RoundTripErrorCode; readonly sent: Sent };

const afterMs = fc.nat({ max: 2_000 });
const hints = fc.oneof(
  fc.constant({}),
  fc.nat({ max: 40 }).map((seconds) => ({ 'retry-after': String(seconds) })),
  fc.nat({ max: 40 }).map((seconds) => ({ ratelimit: `"q";r=0;t=${seconds}` })),
);
const anyFate: fc.Arbitrary<Fate> = fc.oneof(
  fc.record({
    kind: fc.constant('answer' as const),
    afterMs,
    status: fc.constantFrom(200, 404, 408, 421, 425, 429, 500, 503),
    headers: hints,
  }),
  fc.record({
    kind: fc.constant('failure' as const),
    afterMs,
    code: fc.constantFrom<RoundTripErrorCode>('dial-failed', 'connection-reset', 'header-timeout', 'queue-full', 'malformed-response'),
    sent: fc.constantFrom<Sent>('nothing', 'partial', 'all'),
  }),
);

const options = fc.record({
  retries: fc.nat({ max: 5 }),
  minTimeout: fc.nat({ max: 500 }),
  maxTimeout: fc.nat({ max: 5_000 }),
  jitter: fc.constantFrom('full' as const, 'decorrelated' as const),
  maxRetryAfter: fc.nat({ max: 30_000 }),
  perTryTimeout: fc.nat({ max: 1_500 }),
  totalTimeout: fc.nat({ max: 20_000 }),
  holdOrigin: fc.constantFrom('ignore' as const, 'wait' as const, 'fail' as const),
});

interface Run {
  readonly attempts: { readonly atMs: number; readonly fate: Fate }[];
  readonly settledMs: number;
  readonly result: unknown;
}

/** One request against a server of such fates, to its end. */
async function run(fates: readonly Fate[], given: RetryOptions, method: string): Promise<Run> {
  const attempts: Run['attempts'] = [];
  const clock = new TestClock();
  const next = roundTripper((request) => {
    const one = fates[attempts.length % fates.length];
    if (one === undefined) throw new Error('there is always one');
    attempts.push({ atMs: clock.monotonicMs(), fate: one });
    return meet(one, request, clock);
  });
  const { send } = setUp(next, { ...given, clock, random: seeded() });
  const settledMs: number[] = [];
  const pending = send({ method, body: method === 'GET' ? null : 'x' })
    .catch(itself)
    .finally(() => settledMs.push(clock.monotonicMs()));
  for (let step = 0; step < 40 && settledMs.length === 0; step++) await clock.advance(10_000);
  expect([settledMs.length, clock.pendingTimers]).toEqual([1, 0]);
  return { attempts, settledMs: settledMs[0] ?? -1, result: await pending };
}

function meet(fate: Fate, { signal }: HttpRequest, clock: TestClock): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    const timer = clock.after(fate.afterMs, () => {
      signal?.removeEventListener('abort', onAbort);
      if (fate.kind === 'answer') resolve(new HttpResponse('x', { status: fate.status, headers: fate.headers }));
      else reject(new RoundTripError('failed', { code: fate.code, sent: fate.sent, phase: 'request' }));
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function seeded(): () => number {
  let state = 1;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

const setting = { numRuns: 150 };
const fates = fc.array(anyFate, { minLength: 1, maxLength: 6 });

test('never more than retries + 1 attempts, and it says so', () =>
  fc.assert(
    fc.asyncProperty(fates, options, fc.constantFrom('GET', 'POST'), async (some, given, method) => {
      const { attempts, result } = await run(some, given, method);
      expect(attempts.length).toBeLessThanOrEqual(given.retries + 1);
      expect(attemptsOf(result).length).toBe(attempts.length);
    }),
    setting,
  ));

test('never more than retries + 1, whatever a policy says', () => {
  const decision = fc.oneof(
    fc.record({ kind: fc.constant('again' as const), afterMs: fc.nat({ max: 3_000 }), reason: fc.string() }),
    fc.record({ kind: fc.constant('stop' as const), reason: fc.string() }),
  );
  const policy = fc.func<Parameters<RetryPolicy>, ReturnType<RetryPolicy>>(decision);
  return fc.assert(
    fc.asyncProperty(fates, options, policy, async (some, given, own) => {
      const decide: RetryPolicy = (attempt, request, outcome, nowMs) => own(attempt, request, outcome, nowMs);
      const { attempts, settledMs } = await run(some, { ...given, policy: () => decide }, 'POST');
      expect(attempts.length).toBeLessThanOrEqual(given.retries + 1);
      expect(settledMs).toBeLessThanOrEqual(given.totalTimeout === 0 ? Number.POSITIVE_INFINITY : given.totalTimeout);
    }),
    setting,
  );
});

test('never past the deadline', () =>
  fc.assert(
    fc.asyncProperty(fates, options, async (some, given) => {
      const { attempts, settledMs } = await run(some, { ...given, totalTimeout: given.totalTimeout + 1 }, 'GET');
      expect(settledMs).toBeLessThanOrEqual(given.totalTimeout + 1);
      expect(attempts.every(({ atMs }) => atMs <= given.totalTimeout)).toBe(true);
    }),
    setting,
  ));

test('a POST that may have been carried out is never sent again', () =>
  fc.assert(
    fc.asyncProperty(fates, options, async (some, given) => {
      const { attempts } = await run(some, given, 'POST');
      const repeated = attempts.slice(0, -1).map((attempt) => attempt.fate);
      expect(repeated.every(isKnownNotCarriedOut)).toBe(true);
    }),
    setting,
  ));

function isKnownNotCarriedOut(one: Fate): boolean {
  return one.kind === 'failure' ? one.sent === 'nothing' : one.status === 421 || one.status === 425;
}

test('no wait is shorter than what the server asks for, nor longer than that and maxTimeout', () =>
  fc.assert(
    fc.asyncProperty(fates, options, async (some, given) => {
      const { attempts, result } = await run(some, { ...given, perTryTimeout: 0, totalTimeout: 0, holdOrigin: 'ignore' }, 'GET');
      for (const [index, { delayMs = 0 }] of attemptsOf(result).slice(0, -1).entries()) {
        const [before, after] = attempts.slice(index, index + 2);
        if (before === undefined || after === undefined) throw new Error('there was another attempt');
        const askedMs = before.fate.kind === 'answer' ? askedBy(before.fate) : 0;
        expect(after.atMs - before.atMs - before.fate.afterMs).toBe(delayMs);
        expect(delayMs).toBeGreaterThanOrEqual(askedMs);
        expect(delayMs).toBeLessThanOrEqual(askedMs + given.maxTimeout);
        expect(askedMs).toBeLessThanOrEqual(given.maxRetryAfter);
      }
    }),
    setting,
  ));

function askedBy({ headers }: Extract<Fate, { readonly kind: 'answer' }>): number {
  const seconds = headers['retry-after'] ?? headers['ratelimit']?.split('t=')[1] ?? '0';
  return Number(seconds) * 1_000;
}
