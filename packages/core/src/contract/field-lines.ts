import { fieldNameIn, isNameAt } from './field-names.ts';
import { checkFieldName, checkFieldValue, trimmedPart } from './field-syntax.ts';

/** RFC 9112 §5: `name ":" OWS value OWS`, lines whose syntax is known to be right. @returns name, lower-case name, value; name, … */
export function splitFieldLines(lines: string): string[] {
  const list: string[] = [];
  let start = 0;
  while (start < lines.length) {
    const colon = lines.indexOf(':', start);
    // No checked line is without one; what is must not keep this loop running for ever.
    if (colon === -1) break;
    const end = lineEnd(lines, colon);
    const { name, lowerName } = fieldNameIn(lines, start, colon);
    list.push(name, lowerName, trimmedPart(lines, colon + 1, end));
    start = end + 2;
  }
  return list;
}

/** Linear: each part begins with what the one before cannot contain. */
const FIELD_LINE = /[!#$%&'*+\-.^_`|~\w]+:[\t -~\u0080-\u00FF]*\r\n/y;

/** Whether `text` is fields as they stand in a head (RFC 9112 §5), without folds. Line by line: an expression for all of them has no room on V8's stack for two million. */
export function areFieldLines(text: unknown): text is string {
  if (typeof text !== 'string') return false;
  FIELD_LINE.lastIndex = 0;
  // Where a line is none it is 0 again.
  while (FIELD_LINE.lastIndex < text.length) if (!FIELD_LINE.test(text)) return false;
  return true;
}

/** The values of all fields of a name, in any letter case, joined by `', '`, or `null`: for who asks for one name, a third of what {@link splitFieldLines} takes. */
export function valueInLines(lines: string, name: string): string | null {
  let joined: string | null = null;
  for (let start = 0; start < lines.length;) {
    const colon = start + name.length;
    const end = lineEnd(lines, start);
    // The first colon of a line ends its name: nothing with a colon is one.
    if (lines.charCodeAt(colon) === COLON && isNameAt(lines, start, name) && !name.includes(':')) {
      const value = trimmedPart(lines, colon + 1, end);
      joined = joined === null ? value : `${joined}, ${value}`;
    }
    start = end + 2;
  }
  return joined;
}

/** `: ` and CRLF: what a line has besides its name and value. */
export const SEPARATOR_BYTES = 4;

const COLON = 0x3a;
/** One character is found faster than two, and no checked line holds a CR. */
export function lineEnd(lines: string, from: number): number {
  const end = lines.indexOf('\r', from);
  return end === -1 ? lines.length : end;
}

/** The line that was made last: a middleware appends the same field to each message, which need not be checked each time (0.1 µs). */
let lastLine: { readonly name: string; readonly value: string; readonly line: string } | undefined;

/** A field as HTTP/1.1 writes it. @throws TypeError when the name is no token or the value holds a character that no field may. */
export function fieldLine(name: string, value: string): string {
  if (lastLine !== undefined && name === lastLine.name && value === lastLine.value) return lastLine.line;
  const text = checkFieldName(String(name));
  const checked = checkFieldValue(text, value);
  lastLine = { name: text, value: checked, line: `${text}: ${checked}\r\n` };
  return lastLine.line;
}
