import type { CloseReason } from '../contract/trace-event.ts';
import { parseDecimal } from '../contract/decimal.ts';
import { listElements, type ResponseFraming } from './framing.ts';

/** What the response's head says of it. */
export interface HeadFacts {
  readonly minorVersion: number;
  /** The response's `Connection` field. */
  readonly connection: string | undefined;
  /** What its `Keep-Alive` field says. */
  readonly hint: KeepAliveHint;
  readonly framing: ResponseFraming;
}

/** What else decides whether a connection outlives an exchange. */
export interface ExchangeFacts {
  /** Keep-alive is off, for the whole Transport. */
  readonly isKeepAliveDisabled: boolean;
  /** We sent `Connection: close`. */
  readonly isCloseRequested: boolean;
  /** The server does not want the connection's origin on it. */
  readonly isMisdirected: boolean;
  /** The server takes whoever comes next for the user of this exchange. */
  readonly isAuthenticated: boolean;
}

/**
 * RFC 9112 §9.3, in its order, for an exchange whose response was read to its end.
 * @returns why the connection must be closed; `undefined` when it may carry another exchange.
 */
export function reasonToClose(head: HeadFacts, facts: ExchangeFacts): CloseReason | undefined {
  if (facts.isKeepAliveDisabled) return 'keep-alives-disabled';
  if (facts.isCloseRequested) return 'request-close';
  if (head.framing.kind === 'until-close') return 'until-close';
  const options = head.connection === undefined ? NO_OPTIONS : connectionOptions(head.connection);
  if (options.includes('close')) return 'response-close';
  if (!head.framing.isTrusted) return 'doubtful-framing';
  if (facts.isMisdirected) return 'misdirected';
  if (facts.isAuthenticated) return 'authenticated';
  if (head.hint.remainingRequests === 0) return 'server-max-requests';
  if (head.minorVersion === 1) return undefined;
  // HTTP/1.2 and later may mean anything by persistence.
  if (head.minorVersion > 1) return 'doubtful-framing';
  // HTTP/1.0 is kept only where it says so and its length is beyond doubt.
  return options.includes('keep-alive') && head.framing.kind !== 'chunked' ? undefined : 'http-1.0';
}

const NO_OPTIONS: readonly string[] = [];
const KEEP_ALIVE: readonly string[] = ['keep-alive'];

function connectionOptions(value: string): readonly string[] {
  return value === 'keep-alive' ? KEEP_ALIVE : listElements(value);
}

/** What a server says of how long it holds a connection: an extension of HTTP/1.0 that RFC 9112 §9.3 leaves to be, and most servers send. */
export interface KeepAliveHint {
  /** For how long it may be idle, in milliseconds, as long as a request sent then is sure to arrive in time. */
  readonly idleTimeoutMs: number | undefined;
  readonly remainingRequests: number | undefined;
}

/** No hint. */
export const NO_HINT: KeepAliveHint = { idleTimeoutMs: undefined, remainingRequests: undefined };

/** What a request may take to get there: the connection is given up so much before the server would. */
const MARGIN_MS = 1_000;

/** `timeout=5, max=100`: seconds, and requests. What is not understood is passed over. */
export function keepAliveHint(value: string | undefined): KeepAliveHint {
  if (value === undefined) return NO_HINT;
  let idleTimeoutMs: number | undefined;
  let remainingRequests: number | undefined;
  for (const element of listElements(value)) {
    const [name, text = ''] = element.split('=', 2);
    const number = parseDecimal(text);
    if (number === undefined) continue;
    if (name === 'timeout') idleTimeoutMs = Math.max(number * 1_000 - MARGIN_MS, number * 500);
    else if (name === 'max') remainingRequests = number;
  }
  return { idleTimeoutMs, remainingRequests };
}
