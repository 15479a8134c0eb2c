// C0, DEL and C1, which a terminal may obey (U+009B begins a control sequence), and what reorders the text around it or cannot be seen.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * What a peer or a user has written, for a terminal: in one line, with nothing in it that the terminal would obey.
 * @param most How many characters are shown.
 */
export function printable(text: string, most: number = 300): string {
  const shown = text.replaceAll(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`);
  return shown.length > most ? `${shown.slice(0, most - 1)}…` : shown;
}
