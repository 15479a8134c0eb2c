import { RoundTripError, type Phase } from '@roundtripper/core';

import type { ExchangeRecord } from '../exchange-record.ts';
import type { Phase as RecordedPhase } from '../waterfall/page-data.ts';
import { phaseSpans } from './phase-spans.ts';
import { printable } from './printable.ts';

/** Why a request had no answer, or no whole one. Holds no header value, no userinfo and no query of a URL. */
export interface Failure {
  /** Of {@link RoundTripError}; `timeout` of `--timeout`, `error` of anything else. */
  readonly code: string;
  readonly phase: Phase;
  /** One line. */
  readonly message: string;
}

/** What requests under way are aborted with when the command is stopped: those have not failed. */
export function interruption(): DOMException {
  return new DOMException('the command was stopped', 'AbortError');
}

/** What a request is aborted with when its time is over. */
export function timeoutReached(timeoutMs: number): DOMException {
  return new DOMException(`not over after ${timeoutMs} ms (--timeout)`, 'TimeoutError');
}

/** What became of a record that is over: its failure, undefined where there was none, or that it was stopped together with the command. */
export function failureOf(record: ExchangeRecord): Failure | 'interrupted' | undefined {
  const { error } = record;
  if (error === undefined) return undefined;
  if (error instanceof RoundTripError) return { code: error.code, phase: error.phase, message: printable(error.message) };
  const phase = phaseReached(record);
  if (!(error instanceof DOMException)) {
    return { code: 'error', phase, message: printable(inspected(error)) };
  }
  return error.name === 'AbortError' ? 'interrupted' : { code: 'timeout', phase, message: error.message };
}

function inspected(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : 'something was thrown that is no error';
}

/** As RoundTripError has it: a timeout of ours says nothing of where it came. */
const PHASE_OF: Readonly<Record<RecordedPhase, Phase>> = {
  queued: 'queue',
  dns: 'dns',
  connect: 'connect',
  proxy: 'proxy',
  tls: 'tls',
  send: 'request',
  wait: 'response-head',
  download: 'response-body',
};

function phaseReached(record: ExchangeRecord): Phase {
  const last = phaseSpans(record).at(-1);
  return last === undefined ? 'queue' : PHASE_OF[last.phase];
}

/** Like `dial-failed: http://127.0.0.1:1: connect ECONNREFUSED (connect)`. */
export function failureLine({ code, phase, message }: Failure, count: number = 1): string {
  return `${count === 1 ? '' : `${count} × `}${code}: ${message} (${phase})`;
}
