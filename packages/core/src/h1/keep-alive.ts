import type { CloseReason } from '../contract/trace-event.ts';
import { listElements, type Framing } from './framing.ts';

/** What decides whether a connection outlives an exchange. */
export interface ExchangeFacts {
  /** Keep-alive is off, for the whole Transport. */
  readonly isKeepAliveDisabled: boolean;
  /** We sent `Connection: close`. */
  readonly isCloseRequested: boolean;
  readonly minorVersion: number;
  /** The response's `Connection` field. */
  readonly connection: string | undefined;
  readonly framing: Framing;
  readonly isFramingTrusted: boolean;
}

/**
 * RFC 9112 §9.3, in its order, for an exchange whose response was read to its end.
 * @returns why the connection must be closed; `undefined` when it may carry another exchange.
 */
export function reasonToClose(facts: ExchangeFacts): CloseReason | undefined {
  if (facts.isKeepAliveDisabled) return 'keep-alives-disabled';
  if (facts.isCloseRequested) return 'request-close';
  if (facts.framing.kind === 'until-close') return 'until-close';
  const options = facts.connection === undefined ? NO_OPTIONS : connectionOptions(facts.connection);
  if (options.includes('close')) return 'response-close';
  if (!facts.isFramingTrusted) return 'doubtful-framing';
  if (facts.minorVersion === 1) return undefined;
  // HTTP/1.2 and later may mean anything by persistence; HTTP/1.0 is kept only where it says so and its length is beyond doubt.
  return facts.minorVersion === 0 && options.includes('keep-alive') && facts.framing.kind !== 'chunked' ? undefined : 'http-1.0';
}

const NO_OPTIONS: readonly string[] = [];
const KEEP_ALIVE: readonly string[] = ['keep-alive'];

function connectionOptions(value: string): readonly string[] {
  return value === 'keep-alive' ? KEEP_ALIVE : listElements(value);
}
