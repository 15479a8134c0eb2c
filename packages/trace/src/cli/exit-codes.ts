/** What the command ends with; documented in the README and by `--help`. Where several apply it is the first of these. */
export const EXIT_CODES = {
  /** SIGINT (or SIGTERM, see {@link exitCodeOf}) came before the end; what there was until then was reported. */
  interrupted: 130,
  /** The arguments cannot be used; nothing was sent. */
  usage: 2,
  /** The report, the HAR or the HTML could not be written. */
  unwritable: 3,
  /** A request had no answer, or no whole one. */
  failed: 1,
  /** With `--fail`: all requests were answered, one or more with a status of 400 or above. As curl's. */
  badStatus: 22,
  ok: 0,
} as const;

/** What the command can be stopped by. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

/** What an exit code follows from. */
export interface Outcome {
  readonly stoppedBy: StopSignal | undefined;
  readonly isUnwritable: boolean;
  readonly failed: number;
  /** Answers with a status of 400 or above. */
  readonly badStatuses: number;
  readonly failsOnStatus: boolean;
}

/** As shells do it, a signal is 128 and its number. */
export function exitCodeOf({ stoppedBy, isUnwritable, failed, badStatuses, failsOnStatus }: Outcome): number {
  if (stoppedBy === 'SIGTERM') return 143;
  if (stoppedBy !== undefined) return EXIT_CODES.interrupted;
  if (isUnwritable) return EXIT_CODES.unwritable;
  if (failed > 0) return EXIT_CODES.failed;
  return failsOnStatus && badStatuses > 0 ? EXIT_CODES.badStatus : EXIT_CODES.ok;
}
