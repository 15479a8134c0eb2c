import { Writable } from 'node:stream';

import { aClock, integerBetween, OptionReader, systemClock, type Clock, type OptionCheck } from '@roundtripper/core';

import type { HarBodies } from './har-content.ts';
import { ownCreator } from './har-creator.ts';
import type { HarCreator, HarEntry } from './har-format.ts';
import { readRedaction, type HarRedaction, type HarRedactOptions } from './har-redaction.ts';

/** How a {@link harRecorder} redacts. */
export interface HarRecorderRedactOptions extends HarRedactOptions {
  /**
   * Has the last word on each entry, after all that is redacted anyway: what it returns is written, and nothing where it returns undefined or throws (which
   * `onError` is told). For what no name tells: a token in a path, a name in a body.
   */
  readonly entry?: ((entry: HarEntry) => HarEntry | undefined) | undefined;
}

/** How a {@link harRecorder} records. Either `file` or `writable` is needed, the others may be left out. */
export interface HarRecorderOptions {
  /** The path of the file to write; what was in it before is gone. It is opened when there is something to write, as its owner's only (0600) where it is new. */
  readonly file?: string | undefined;
  /** A stream to write to instead. It is not ended: that is its owner's to do, after `close()`. */
  readonly writable?: Writable | undefined;
  /** Bytes of the document. What would make it larger, and all that comes after, is left out, and the document says so. Default 67 108 864 (64 MiB); at least 4 096. */
  readonly maxBytes?: number | undefined;
  /** Bytes of one body that are kept; of a larger one it is the beginning. Default 65 536; at least 1. As much is held of each body that is being read. */
  readonly maxBodyBytes?: number | undefined;
  /** How many exchanges may wait to be written. When more have ended they are left out, and the document says so. Default 1 000; at least 1. */
  readonly maxQueued?: number | undefined;
  /**
   * Which bodies are kept. Default `false`: none. `'text'`: those whose type says that they are text, content codings undone, and requests' where their bytes
   * are at hand; `'all'`: others as well, in base64.
   */
  readonly bodies?: HarBodies | undefined;
  /**
   * What is left out besides the values of fields, cookies, parameters and JSON members that are known to be secret by their names. `false`: nothing is, which
   * makes the document a secret itself. Userinfo is no part of what is recorded.
   */
  readonly redact?: HarRecorderRedactOptions | false | undefined;
  /** Whether to record from where in the program each request was made, with the paths of its files. It costs some µs. Default false. */
  readonly initiator?: boolean | undefined;
  /** What the document says it was made by. Default this package. */
  readonly creator?: HarCreator | undefined;
  /** Called with each error of the file, the stream or `redact.entry`: requests do not notice them. Default: a warning of the process. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** For tests. Default `systemClock`. */
  readonly clock?: Clock | undefined;
}

/** Options as they are used: checked, with every default filled in. */
export interface ResolvedHarOptions {
  readonly target: { readonly kind: 'file'; readonly path: string } | { readonly kind: 'stream'; readonly stream: Writable };
  readonly maxBytes: number;
  readonly maxBodyBytes: number;
  readonly maxQueued: number;
  readonly bodies: HarBodies;
  readonly redaction: HarRedaction;
  readonly reviewEntry: (entry: HarEntry) => HarEntry | undefined;
  readonly hasInitiator: boolean;
  readonly creator: HarCreator;
  readonly onError: (error: unknown) => void;
  readonly clock: Clock;
}

/** @throws TypeError naming each option that is unknown or invalid, and where there is not one of `file` and `writable`. */
export function resolveHarOptions(options: HarRecorderOptions): ResolvedHarOptions {
  const reader = new OptionReader('harRecorder', options);
  const file = reader.read<string | undefined>('file', undefined, aPath);
  const writable = reader.read<Writable | undefined>('writable', undefined, aWritable);
  const redact = reader.read<HarRecorderRedactOptions | false>('redact', {}, aRedaction);
  const resolved = {
    maxBytes: reader.read('maxBytes', 67_108_864, integerBetween(4_096, Number.MAX_SAFE_INTEGER)),
    maxBodyBytes: reader.read('maxBodyBytes', 65_536, integerBetween(1, 1_073_741_824)),
    maxQueued: reader.read('maxQueued', 1_000, integerBetween(1, 1_000_000)),
    bodies: reader.read<HarBodies>('bodies', false, kindsOfBodies),
    hasInitiator: reader.read('initiator', false, aBoolean),
    creator: reader.read<HarCreator | undefined>('creator', undefined, aCreator) ?? ownCreator(),
    onError: reader.read<(error: unknown) => void>('onError', warn, aFunction),
    clock: reader.read('clock', systemClock, aClock),
  };
  reader.finish();
  return { ...resolved, target: targetOf(file, writable), redaction: readRedaction(redact), reviewEntry: reviewOf(redact) };
}

function targetOf(path: string | undefined, stream: Writable | undefined): ResolvedHarOptions['target'] {
  if (path !== undefined && stream === undefined) return { kind: 'file', path };
  if (path === undefined && stream !== undefined) return { kind: 'stream', stream };
  throw new TypeError('invalid harRecorder options: expected one of file and writable');
}

function reviewOf(redact: HarRecorderRedactOptions | false): ResolvedHarOptions['reviewEntry'] {
  if (redact === false || redact.entry === undefined) return (entry) => entry;
  const { entry: review } = redact;
  if (typeof review !== 'function') throw new TypeError('invalid harRecorder options: redact.entry: expected a function');
  return (entry) => review(entry);
}

function warn(error: unknown): void {
  process.emitWarning(
    `the HAR recording has lost something: ${error instanceof Error ? error.message : String(error)}`,
    'RoundtripperWarning',
  );
}

const aPath: OptionCheck<string | undefined> = {
  isValid: (value): value is string => typeof value === 'string' && value !== '',
  expected: 'a path',
};

const aWritable: OptionCheck<Writable | undefined> = {
  isValid: (value): value is Writable => value instanceof Writable,
  expected: 'a Writable of node:stream',
};

const aRedaction: OptionCheck<HarRecorderRedactOptions | false> = {
  isValid: (value): value is HarRecorderRedactOptions | false => value === false || (typeof value === 'object' && value !== null),
  expected: 'false or an object',
};

const kindsOfBodies: OptionCheck<HarBodies> = {
  isValid: (value): value is HarBodies => value === false || value === 'text' || value === 'all',
  expected: 'false, "text" or "all"',
};

const aCreator: OptionCheck<HarCreator | undefined> = {
  isValid: (value): value is HarCreator =>
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'version' in value &&
    typeof value.version === 'string',
  expected: 'an object with a name and a version',
};

const aBoolean: OptionCheck<boolean> = { isValid: (value) => typeof value === 'boolean', expected: 'a boolean' };

const aFunction: OptionCheck<(error: unknown) => void> = {
  isValid: (value): value is (error: unknown) => void => typeof value === 'function',
  expected: 'a function',
};
