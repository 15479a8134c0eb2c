import { z } from 'zod';

/** What a timer of the platform can wait for. */
const LONGEST_MS = 2_147_483_647;

/** The schema of each option of an interface. @internal */
export type ShapeOf<Options> = { readonly [Name in keyof Options]-?: z.ZodType<Exclude<Options[Name], undefined>> };

/** A duration in milliseconds; 0 for none or no limit. @internal */
export const duration = (): z.ZodNumber => z.number().min(0).max(LONGEST_MS);
/** A whole number; 0 for none or no limit. @internal */
export const count = (): z.ZodInt => z.int().min(0);

/** A function, of whatever kind the type says. @internal */
export const callable = <T>(what: string): z.ZodCustom<T, T> => z.custom<T>((value) => typeof value === 'function', `expected ${what}`);

export function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Own properties only, so that a polluted `Object.prototype` sets no option; `undefined` stands for the default. */
export function ownOptions(options: unknown): Record<string, unknown> | undefined {
  if (!isPlainObject(options)) return undefined;
  const own: Record<string, unknown> = { __proto__: null };
  for (const [name, value] of Object.entries(options)) if (value !== undefined) own[name] = value;
  return own;
}

/**
 * Options as they are now: lists, and objects that are nothing but their properties, are copied however deep, so that what the caller changes in them later
 * changes nothing. What has a class is the caller's own. @internal
 */
export function copyOptions(options: unknown): unknown {
  if (options instanceof URL) return new URL(options);
  if (Array.isArray(options)) return options.map(copyOptions);
  if (!isPlainObject(options) || !isRecord(options)) return options;
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, copyOptions(value)]));
}

function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Each problem with its option's name. Values are not shown: there are keys and passphrases among them. @internal */
export function describeIssues(error: z.ZodError): string {
  return error.issues.map(describeIssue).join('; ');
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const where = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') return `${where}: ${issue.message}`;
  return issue.keys.map((key) => `unknown option ${JSON.stringify(where === '' ? key : `${where}.${key}`)}`).join('; ');
}
