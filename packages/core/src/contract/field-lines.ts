import { fieldNameIn } from './field-names.ts';
import { trimmedPart } from './field-syntax.ts';

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

/** Without regard to the case of letters, and without making a text to compare. */
function isNameAt(lines: string, start: number, name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    const one = lines.charCodeAt(start + at);
    const other = name.charCodeAt(at);
    if (one !== other && !isSameLetter(one, other)) return false;
  }
  return true;
}

/**
 * `lines` without those of some names, where all are `name: value`, as nearly everybody writes them: their ends need not be looked for then, and the rest need not be written anew.
 * Undefined where they are not.
 * @param list What {@link splitFieldLines} has made of them.
 */
export function linesWithout(lines: string, list: readonly string[], lowerNames: ReadonlySet<string>): string | undefined {
  const kept: string[] = [];
  let keptFrom = 0;
  let start = 0;
  for (let at = 0; at < list.length; at += 3) {
    const end = start + (list[at]?.length ?? 0) + (list[at + 2]?.length ?? 0) + SEPARATOR_BYTES;
    if (lines.charCodeAt(end - 1) !== LF) return undefined;
    if (lowerNames.has(list[at + 1] ?? '')) {
      kept.push(lines.slice(keptFrom, start));
      keptFrom = end;
    }
    start = end;
  }
  kept.push(lines.slice(keptFrom));
  // In one piece: what is put together by `+` keeps the whole text.
  return kept.join('');
}

/** `: ` and CRLF: what a line has besides its name and value. */
export const SEPARATOR_BYTES = 4;

const LF = 0x0a;
const COLON = 0x3a;
/** The bit in which a letter differs from the same in the other case. */
const LETTER_CASE = 0x20;

/** Of all that is no ASCII, it alone has a lower case that is: `toLowerCase`, by which fields are found elsewhere, makes a `k` of it. */
const KELVIN = 0x212a;

function isSameLetter(one: number, other: number): boolean {
  const lower = one | other;
  if ((one ^ other) === LETTER_CASE) return lower >= 0x61 && lower <= 0x7a;
  return other === KELVIN && (one === 0x4b || one === 0x6b);
}

/** One character is found faster than two, and no checked line holds a CR. */
function lineEnd(lines: string, from: number): number {
  const end = lines.indexOf('\r', from);
  return end === -1 ? lines.length : end;
}
