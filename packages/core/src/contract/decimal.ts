/** More digits are refused, whatever their value. */
const MAX_DIGITS = 20;

/** A number of decimal digits and nothing else (RFC 9110 §8.6) that a `number` holds exactly; `undefined` for all other text. */
export function parseDecimal(text: string): number | undefined {
  if (text.length === 0 || text.length > MAX_DIGITS) return undefined;
  let value = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  // Where rounding could have set in, it is beyond what is safe.
  return Number.isSafeInteger(value) ? value : undefined;
}

/** What a response's `Content-Length` says, in bytes; of several the first, since its reader has refused those that differ (RFC 9112 §6.3). */
export function parseContentLength(text: string | null): number | undefined {
  if (text === null) return undefined;
  const comma = text.indexOf(',');
  return parseDecimal(comma === -1 ? text : text.slice(0, comma));
}
