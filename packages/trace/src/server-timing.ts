import type { HttpResponse } from '@roundtripper/core';

/** One metric of a `Server-Timing` field, in the words of W3C's `PerformanceServerTiming`. */
export interface ServerTiming {
  readonly name: string;
  /** What the server says it took (`dur`), in milliseconds by convention; 0 where it does not say, or says no number. */
  readonly duration: number;
  /** `desc`; empty where there is none. */
  readonly description: string;
}

/**
 * What the server says of its own time: the metrics of `Server-Timing` (W3C Server Timing), in the order in which they were sent. Those that come as trailers
 * are there once the body was read to its end.
 *
 * Servers and whatever stands before them write this field by hand: a part that is malformed is left out, and the rest is read.
 */
export function serverTiming(response: Pick<HttpResponse, 'headers' | 'trailers'>): readonly ServerTiming[] {
  const [field, trailer] = [response.headers.get('server-timing'), response.trailers.get('server-timing')];
  return [...(field === null ? [] : parseServerTiming(field)), ...(trailer === null ? [] : parseServerTiming(trailer))];
}

/** The metrics of a field's value; of several lines, joined by commas. */
export function parseServerTiming(value: string): readonly ServerTiming[] {
  const metrics: ServerTiming[] = [];
  const scanner = new Scanner(value);
  while (!scanner.isAtEnd) {
    const metric = readMetric(scanner);
    if (metric !== undefined) metrics.push(metric);
    scanner.skipPast(',');
  }
  return metrics;
}

/** Leaves the scanner at the comma that ends the metric, or at the end. */
function readMetric(scanner: Scanner): ServerTiming | undefined {
  const name = scanner.token();
  if (name === undefined) return undefined;
  const parameters = new Map<string, string | undefined>();
  // What stands between a name or a value and the next delimiter is noise (`metric noise;dur=1`).
  while (scanner.skipTo(';') === ';') {
    scanner.skipPast(';');
    const parameter = scanner.token()?.toLowerCase();
    const text = scanner.take('=') ? scanner.value() : undefined;
    // The first one counts, "even if it is incomplete or invalid".
    if (parameter !== undefined && !parameters.has(parameter)) parameters.set(parameter, text);
  }
  return { name, duration: durationOf(parameters.get('dur')), description: parameters.get('desc') ?? '' };
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** "Not representable as a double" is 0. */
function durationOf(text: string | undefined): number {
  if (text === undefined || !NUMBER.test(text)) return 0;
  const number = Number(text);
  return Number.isFinite(number) ? number : 0;
}

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const WHITESPACE = /[ \t]*/y;
/** RFC 9110 §5.6.4; one whose end is missing does not match. */
const QUOTED = /"((?:[^"\\]|\\.)*)"/sy;

/** Where the reading of a field's value stands. */
class Scanner {
  readonly #text: string;
  #at = 0;
  /** A quoted string had no end: no other behind it has one, and looking for each of theirs would take quadratic time. */
  #hasOpenQuote = false;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** With the whitespace before it. */
  token(): string | undefined {
    this.#match(WHITESPACE);
    return this.#match(TOKEN)?.[0];
  }

  /** A token, or a quoted string without its quotes. */
  value(): string | undefined {
    this.#match(WHITESPACE);
    const quoted = this.#quoted();
    return quoted === undefined ? this.#match(TOKEN)?.[0] : quoted.replaceAll(/\\(.)/gs, '$1');
  }

  take(delimiter: string): boolean {
    this.#match(WHITESPACE);
    if (this.#text[this.#at] !== delimiter) return false;
    this.#at += 1;
    return true;
  }

  /** Goes to the next `delimiter` or comma, whichever comes first, and says which; quoted strings hide theirs. */
  skipTo(delimiter: string): string | undefined {
    while (!this.isAtEnd) {
      const character = this.#text[this.#at];
      if (character === delimiter || character === ',') return character;
      if (character !== '"' || this.#quoted() === undefined) this.#at += 1;
    }
    return undefined;
  }

  skipPast(delimiter: string): void {
    if (this.skipTo(delimiter) !== undefined) this.#at += 1;
  }

  #quoted(): string | undefined {
    if (this.#hasOpenQuote || this.#text[this.#at] !== '"') return undefined;
    const found = this.#match(QUOTED)?.[1];
    this.#hasOpenQuote = found === undefined;
    return found;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }
}
