import { roundTripper, type Middleware } from '@roundtripper/core';

import { ChurnAlarm } from './churn-alarm.ts';
import { churnLimits } from './churn-limits.ts';
import { ReuseLedger } from './reuse-ledger.ts';
import { resolveMeterOptions, type ReuseMeterOptions } from './reuse-options.ts';
import type { ReuseReport } from './reuse-report.ts';
import { RequestWatch } from './reuse-watch.ts';
import { listening } from './trace.ts';

/** A middleware that counts what becomes of connections. Chains that are composed with the same one are counted together. */
export interface ReuseMeter extends Middleware {
  /** What was counted since the meter was made, or was reset. */
  report(): ReuseReport;
  /** Starts counting anew. What there is now (open connections, requests that wait) stays, so that a report may then have more closed connections than opened ones. */
  reset(): void;
}

/**
 * Answers "are my connections being reused and, if not, why not?". It is the middleware itself, like `cache()`: list it next to the Transport, so that it sees
 * each retry and nothing that a cache answers.
 *
 * A connection's end is counted when it comes, which may be long after the last request. It is told to the request that used the connection last: where some
 * requests over a Transport pass the meter and others do not, connections whose last one did not count as open.
 * @throws TypeError naming each option that is unknown or invalid.
 */
export function reuseMeter(options: ReuseMeterOptions = {}): ReuseMeter {
  const { maxRoutes, clock, onWarning, warningIntervalMs, transportOptions } = resolveMeterOptions(options);
  const alarm = onWarning === undefined ? undefined : new ChurnAlarm(onWarning, warningIntervalMs, clock);
  const ledger = new ReuseLedger({ maxRoutes, clock, alarm, limitsOf: churnLimits(transportOptions) });
  const middleware: Middleware = (next) =>
    roundTripper((request) => {
      ledger.came();
      const watch = new RequestWatch(ledger, request.target.origin.key);
      return next.roundTrip(listening(request, (event) => watch.on(event)));
    });
  return Object.assign(middleware, {
    report: (): ReuseReport => ledger.report(),
    reset: (): void => ledger.reset(),
  });
}
