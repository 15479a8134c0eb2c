import type { ExchangeOutcome } from '../contract/connection.ts';
import type { IncomingBody } from '../contract/incoming-body.ts';
import type { CloseReason } from '../contract/trace-event.ts';
import type { ResponseHead } from './response-reader.ts';

/** Where the response of an exchange stands. */
export type ResponseState =
  | { readonly kind: 'awaited'; readonly outcome: ExchangeOutcome }
  | { readonly kind: 'reading'; readonly body: IncomingBody; readonly head: ResponseHead }
  /** Its reader has left, and the rest is small. */
  | { readonly kind: 'draining'; readonly head: ResponseHead; readonly endsAtBytes: number }
  | { readonly kind: 'complete'; readonly reason: CloseReason | undefined }
  | { readonly kind: 'failed' };

export const FAILED: ResponseState = { kind: 'failed' };
/** Nothing in the response speaks against another exchange on its connection. */
export const COMPLETE: ResponseState = { kind: 'complete', reason: undefined };
