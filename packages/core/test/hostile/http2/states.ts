import { frames } from '@roundtripper/testing';

import type { Phase, Sent } from '../../../src/contract/round-trip-error.ts';
import type { ExchangeInit } from './bench-exchange.ts';
import { textOf } from './engine-bench.ts';

/** How far the answer on stream 1 has come, and how it would go on to be `ok`. */
export interface ResponseState {
  readonly fact: string;
  readonly said: string;
  readonly rest: string;
  /** Whether the caller has the head. */
  readonly isReading: boolean;
}

const END = { endStream: true };
const head = (fields: Readonly<Record<string, string>> = {}): Buffer => frames.headers(1, { ':status': '200', ...fields });
const INTERIM = frames.headers(1, { ':status': '103' });

export const RESPONSE_STATES: readonly ResponseState[] = [
  { fact: 'before the head', said: '', rest: textOf([head(), frames.data(1, 'ok', END)]), isReading: false },
  { fact: 'after an interim head', said: textOf([INTERIM]), rest: textOf([head(), frames.data(1, 'ok', END)]), isReading: false },
  { fact: 'after the head', said: textOf([head()]), rest: textOf([frames.data(1, 'ok', END)]), isReading: true },
  { fact: 'mid body', said: textOf([head(), frames.data(1, 'o')]), rest: textOf([frames.data(1, 'k', END)]), isReading: true },
  {
    fact: 'mid body of a length that is known',
    said: textOf([head({ 'content-length': '2' }), frames.data(1, 'o')]),
    rest: textOf([frames.data(1, 'k', END)]),
    isReading: true,
  },
  {
    fact: 'after all of the body, but for the end of the stream',
    said: textOf([head({ 'content-length': '2' }), frames.data(1, 'ok')]),
    rest: textOf([frames.data(1, '', END)]),
    isReading: true,
  },
  {
    fact: 'after all of the body, before trailers',
    said: textOf([head({ 'content-length': '2' }), frames.data(1, 'ok')]),
    rest: textOf([frames.headers(1, { a: 'b' }, END)]),
    isReading: true,
  },
];

/** How far the request on stream 1 has come. */
export interface RequestState {
  readonly fact: string;
  readonly init: () => ExchangeInit;
  readonly sent: Sent;
  readonly waiting: Phase;
}

export const REQUEST_STATES: readonly RequestState[] = [
  { fact: 'a request', init: () => ({}), sent: 'all', waiting: 'response-head' },
  { fact: 'an upload', init: () => ({ method: 'POST', body: new ReadableStream() }), sent: 'partial', waiting: 'request' },
];
