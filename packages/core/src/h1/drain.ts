import type { CloseReason } from '../contract/trace-event.ts';
import type { Framing } from './framing.ts';

/** What decides whether the rest of a response that nobody wants is worth reading. */
export interface DrainFacts {
  readonly framing: Framing;
  /** Of the body, so far. */
  readonly receivedBytes: number;
  readonly isRequestSent: boolean;
  /** Why the connection would be closed after the exchange anyway. */
  readonly reasonToClose: CloseReason | undefined;
  readonly maxDrainBytes: number;
}

/** Go's early-close rule: a connection is kept where the rest of the body is small, or may be, and nothing else ends it. */
export function mayDrain(facts: DrainFacts): boolean {
  if (facts.maxDrainBytes === 0 || !facts.isRequestSent || facts.reasonToClose !== undefined) return false;
  return facts.framing.kind === 'length'
    ? facts.framing.bytes - facts.receivedBytes <= facts.maxDrainBytes
    : facts.framing.kind === 'chunked';
}
