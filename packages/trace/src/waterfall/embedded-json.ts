const ESCAPES: Readonly<Record<string, string>> = { '<': String.raw`\u003c`, '>': String.raw`\u003e`, '&': String.raw`\u0026` };

/**
 * JSON that can stand in a `script` element: with neither `<` nor `>` nor `&` nothing in it can end the element, begin a comment (`<!--`) or be a character reference, in HTML and XHTML alike.
 * It parses to the same value, as these can only occur within strings.
 */
export function embeddedJson(value: unknown): string {
  // A lone surrogate is escaped by JSON.stringify itself, so that the text can be encoded.
  return JSON.stringify(value).replaceAll(/[<>&]/g, (character) => ESCAPES[character] ?? '');
}

/** Text between tags, or in a quoted attribute. */
export function htmlText(text: string): string {
  return text.replaceAll(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
