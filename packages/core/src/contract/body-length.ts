import { parseDecimal } from './decimal.ts';
import type { HttpRequest } from './http-request.ts';

/** What is known of the size of a request's body before it is sent. */
export type BodyLength = { readonly kind: 'none' } | { readonly kind: 'known'; readonly bytes: number } | { readonly kind: 'unknown' };

const NONE: BodyLength = { kind: 'none' };
const UNKNOWN: BodyLength = { kind: 'unknown' };

/**
 * The size of a request's body: its own, or for a stream the one its `Content-Length` declares.
 * @throws TypeError when `Content-Length` is not one number, or is not the body's length: what is sent then would not be what was meant.
 */
export function bodyLength(request: HttpRequest): BodyLength {
  const declared = declaredLength(request);
  const { body } = request;
  if (body === undefined) {
    if (declared !== undefined && declared !== 0) throw new TypeError('the request has a Content-Length and no body');
    return NONE;
  }
  if (body.length === undefined) return declared === undefined ? UNKNOWN : { kind: 'known', bytes: declared };
  if (declared !== undefined && declared !== body.length) {
    throw new TypeError(`the request body has ${body.length} bytes, and its Content-Length says otherwise`);
  }
  return { kind: 'known', bytes: body.length };
}

function declaredLength(request: HttpRequest): number | undefined {
  const text = request.headers.get('content-length');
  if (text === null) return undefined;
  const length = parseDecimal(text);
  if (length === undefined) throw new TypeError('invalid value of header "Content-Length": expected one decimal number below 2^53');
  return length;
}
