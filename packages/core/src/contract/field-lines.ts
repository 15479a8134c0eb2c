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

/** The values of all fields of a name joined by `', '`, or `null`: for who asks for one name, a third of what {@link splitFieldLines} takes. */
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

/** The lines but those of some names; the very same text where there are none of these. */
export function linesWithout(lines: string, lowerNames: ReadonlySet<string>): string {
  const kept: string[] = [];
  let keptFrom = 0;
  for (let start = 0; start < lines.length;) {
    const colon = lines.indexOf(':', start);
    if (colon === -1) break;
    const end = lineEnd(lines, colon);
    if (lowerNames.has(fieldNameIn(lines, start, colon).lowerName)) {
      if (start > keptFrom) kept.push(lines.slice(keptFrom, start));
      keptFrom = end + 2;
    }
    start = end + 2;
  }
  if (keptFrom === 0) return lines;
  if (keptFrom < lines.length) kept.push(lines.slice(keptFrom));
  // In one piece: what is put together by `+` keeps the whole text.
  return kept.join('');
}

const COLON = 0x3a;

/** One character is found faster than two, and no checked line holds a CR. */
function lineEnd(lines: string, from: number): number {
  const end = lines.indexOf('\r', from);
  return end === -1 ? lines.length : end;
}
