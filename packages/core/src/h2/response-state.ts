import type { ExchangeOutcome } from '../contract/connection.ts';
import type { IncomingBody } from '../contract/incoming-body.ts';
import type { BodyCount } from './body-count.ts';

/** Where the response of an exchange stands. */
export type ResponseState =
  | { readonly kind: 'awaited'; readonly outcome: ExchangeOutcome }
  | { readonly kind: 'reading'; readonly body: IncomingBody; readonly count: BodyCount }
  | { readonly kind: 'complete' }
  | { readonly kind: 'failed' };
