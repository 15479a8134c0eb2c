/** The same characters up to U+00FF in memory of their own: a part of a text keeps the whole, which may be large, or secret. */
export function ownText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
