import type { HttpRequest } from '@roundtripper/core';

import type { ExchangeRecord } from '../exchange-record.ts';
import type { ReuseReport } from '../reuse-report.ts';
import type { StopSignal } from './exit-codes.ts';
import type { Plan } from './plan.ts';
import type { RunTally } from './run-tally.ts';

/** What a run came to: all that the reports are made of. */
export interface RunReport {
  readonly plan: Plan;
  readonly request: HttpRequest;
  readonly tally: RunTally;
  readonly reuse: ReuseReport;
  /** When it began, in milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly stoppedBy: StopSignal | undefined;
  /** Of the one request, where one was asked for; with its headers. */
  readonly single: ExchangeRecord | undefined;
  /** Undefined where the document was not asked for. */
  readonly har: WrittenFile | undefined;
  /** As `har`. */
  readonly html: WrittenFile | undefined;
}

/** A file that was asked for. */
export interface WrittenFile {
  readonly file: string;
  /** How many requests are in it, and how many are missing. */
  readonly requests: number;
  readonly missing: number;
  /** Why it could not be written; undefined where it could. */
  readonly error: string | undefined;
}
