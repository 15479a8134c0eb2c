/** More digits are refused, whatever their value. */
const MAX_DIGITS = 20;

/** A number of decimal digits and nothing else (RFC 9110 §8.6) that a `number` holds exactly; `undefined` for all other text. */
export function parseDecimal(text: string): number | undefined {
  if (text.length === 0 || text.length > MAX_DIGITS) return undefined;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return undefined;
  }
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
