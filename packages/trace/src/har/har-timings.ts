import type { ExchangeRecord } from '../exchange-record.ts';
import { phasesOf } from '../timings.ts';
import type { HarTimings } from './har-format.ts';

/**
 * The phases of a record that is over, and their sum: in whole microseconds, as milliseconds with fractions, so that they add up to the digit.
 * @param record One that is not over is to be given the time of its end first.
 */
export function harTimings(record: ExchangeRecord): { readonly time: number; readonly timings: HarTimings } {
  const phases = phasesOf(record);
  const connect = phaseOf(phases.connect);
  const timings: HarTimings = {
    blocked: phaseOf(phases.blocked),
    dns: phaseOf(phases.dns),
    connect,
    ssl: Math.min(phaseOf(phases.ssl), connect),
    send: Math.max(0, phaseOf(phases.send)),
    wait: Math.max(0, phaseOf(phases.wait)),
    receive: Math.max(0, phaseOf(phases.receive)),
    _blocked_queueing: Math.max(0, phaseOf(phases.queued)),
  };
  const { blocked, dns, send, wait, receive } = timings;
  const micros = [blocked, dns, connect, send, wait, receive].reduce((sum, phase) => sum + Math.round(Math.max(0, phase) * 1_000), 0);
  return { time: micros / 1_000, timings };
}

/** What was subtracted may have left a hair less than nothing. */
function phaseOf(ms: number | undefined): number {
  return ms === undefined ? -1 : Math.max(0, Math.round(ms * 1_000) / 1_000);
}
