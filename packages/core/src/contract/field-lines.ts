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

/** The values of all fields of a name joined by `', '`, or `null`: for who asks for one name, half of what {@link splitFieldLines} takes. */
export function valueInLines(lines: string, lowerName: string): string | null {
  // The first colon of a line ends its name: nothing with a colon is one.
  if (lowerName.includes(':')) return null;
  let joined: string | null = null;
  for (let start = 0; start < lines.length;) {
    const colon = start + lowerName.length;
    const end = lineEnd(lines, start);
    if (lines.charCodeAt(colon) === COLON && lines.slice(start, colon).toLowerCase() === lowerName) {
      const value = trimmedPart(lines, colon + 1, end);
      joined = joined === null ? value : `${joined}, ${value}`;
    }
    start = end + 2;
  }
  return joined;
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

/** One character is found faster than two, and no checked line holds a CR. */
function lineEnd(lines: string, from: number): number {
  const end = lines.indexOf('\r', from);
  return end === -1 ? lines.length : end;
}
