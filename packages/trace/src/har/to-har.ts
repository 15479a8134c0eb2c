import type { ExchangeRecord, TraceRecords } from '../exchange-record.ts';
import { ownCreator } from './har-creator.ts';
import { harEntry } from './har-entry.ts';
import type { Har, HarCreator } from './har-format.ts';
import { readRedaction, type HarRedactOptions } from './har-redaction.ts';

/** Of {@link toHar}. Every option may be left out. */
export interface ToHarOptions {
  /** As `harRecorder`'s, but for `entry`; URLs are those of the log, which were redacted already. */
  readonly redact?: HarRedactOptions | false | undefined;
  readonly creator?: HarCreator | undefined;
}

/**
 * The HAR document of what a `traceLog` has kept. It has headers and cookies where the log was made with `keepHeaders`, and no bodies: `harRecorder` writes those.
 * Requests that are under way are left out.
 */
export function toHar(log: TraceRecords & { readonly dropped?: number }, options: ToHarOptions = {}): Har {
  const redaction = readRedaction(options.redact);
  const over = log.exchanges.filter(({ endMs }) => endMs !== undefined);
  const comment = commentOn(log.exchanges.length - over.length, log.dropped ?? 0);
  return {
    log: {
      version: '1.2',
      creator: options.creator ?? ownCreator(),
      entries: over.map((record) => harEntry(factsOf(record), redaction)),
      ...(comment === '' ? {} : { comment }),
    },
  };
}

function factsOf(record: ExchangeRecord): Parameters<typeof harEntry>[0] {
  return { record, requestHeaders: record.requestHeaders, responseHeaders: record.responseHeaders };
}

function commentOn(underWay: number, dropped: number): string {
  const reasons = [dropped > 0 ? `${dropped} that the log has dropped` : '', underWay > 0 ? `${underWay} that were under way` : ''].filter(
    (reason) => reason !== '',
  );
  return reasons.length === 0 ? '' : `exchanges that are missing here: ${reasons.join('; ')}`;
}
