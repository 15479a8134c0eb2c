import { lineEnd } from './field-lines.ts';
import { isNameAt } from './field-names.ts';
import { checkFieldName, trimmedPart } from './field-syntax.ts';

/** Names of one length that begin with the same letter share a place. */
const PLACES = 1_024;

/** Names of fields that are looked for, and of those that are left out, in one pass over the fields of a message: made once, for many messages. */
export class FieldSelection {
  /** Those that are looked for, in lower case, in the order in which their values come. */
  readonly names: readonly string[];
  /** The same, and behind them those that are left out and not looked for. */
  readonly #all: readonly string[];
  readonly #isLeftOut: readonly boolean[];
  /** For each place the first of its names, one more than it is; and for each of those the next. */
  readonly #firsts = new Int16Array(PLACES);
  readonly #nexts: Int16Array;
  readonly #noValues: readonly null[];
  /** Of the fields of the text that is gone through: which it is, and where its value begins and ends. */
  readonly #found: number[] = [];

  /**
   * @param names Looked for.
   * @param leftOut Not among what is kept; a name may be in both.
   * @throws TypeError where one is no field name, or is looked for twice.
   */
  constructor(names: readonly string[], leftOut: readonly string[] = []) {
    this.names = names.map((name) => checkFieldName(name).toLowerCase());
    const without = leftOut.map((name) => checkFieldName(name).toLowerCase());
    if (new Set(this.names).size < names.length) throw new TypeError('invalid selection of fields: expected each name once');
    this.#all = [...new Set([...this.names, ...without])];
    this.#isLeftOut = this.#all.map((name) => without.includes(name));
    this.#noValues = this.names.map(() => null);
    this.#nexts = new Int16Array(this.#all.length + 1);
    this.#all.forEach((name, index) => {
      const place = placeOf(name.length, name.charCodeAt(0));
      this.#nexts[index + 1] = this.#firsts[place] ?? 0;
      this.#firsts[place] = index + 1;
    });
  }

  /** A list to be filled in. @internal */
  noValues(): (string | null)[] {
    return this.#noValues.slice();
  }

  /**
   * Goes through lines whose syntax is known to be right.
   * @param values Filled in.
   * @returns the lines that are kept. The values are cut out of that text where they can be, so that who keeps both keeps one.
   * @internal
   */
  fromLines(lines: string, values: (string | null)[]): string {
    const found = this.#found;
    let count = 0;
    let kept = '';
    let keptFrom = 0;
    for (let start = 0; start < lines.length;) {
      const colon = lines.indexOf(':', start);
      const end = lineEnd(lines, start);
      const index = this.#find(lines, start, colon - start);
      if (index !== -1) {
        const isLeftOut = this.#isLeftOut[index] === true;
        // What is left out is found where it was, and the rest where it will be.
        const shift = isLeftOut ? 0 : keptFrom - kept.length;
        found[count] = index;
        found[count + 1] = colon + 1 - shift;
        found[count + 2] = end - shift;
        count += 3;
        if (isLeftOut) {
          kept += lines.slice(keptFrom, start);
          keptFrom = end + 2;
        }
      }
      start = end + 2;
    }
    kept = keptFrom === 0 ? lines : kept + lines.slice(keptFrom);
    for (let at = 0; at < count; at += 3) {
      const index = found[at] ?? 0;
      if (index >= values.length) continue;
      const value = trimmedPart(this.#isLeftOut[index] === true ? lines : kept, found[at + 1] ?? 0, found[at + 2] ?? 0);
      const before = values[index] ?? null;
      values[index] = before === null ? value : `${before}, ${value}`;
    }
    return kept;
  }

  /** One field. @returns whether it is kept. @internal */
  take(name: string, value: string, values: (string | null)[]): boolean {
    const index = this.#find(name, 0, name.length);
    if (index === -1) return true;
    if (index < values.length) {
      const before = values[index] ?? null;
      values[index] = before === null ? value : `${before}, ${value}`;
    }
    return this.#isLeftOut[index] !== true;
  }

  /** Which name stands in `text` at `start`, in any letter case; -1 for none of these. */
  #find(text: string, start: number, length: number): number {
    let found = this.#firsts[placeOf(length, text.charCodeAt(start))] ?? 0;
    while (found !== 0) {
      const name = this.#all[found - 1] ?? '';
      if (name.length === length && isNameAt(text, start, name)) return found - 1;
      found = this.#nexts[found] ?? 0;
    }
    return -1;
  }
}

/** The lower five bits of a letter are the same in either case. */
function placeOf(length: number, first: number): number {
  return ((length & 31) << 5) | (first & 31);
}
