import type { OptionCheck } from '@roundtripper/core';

/** For an option whose name is looked at; its type is the compiler's business. */
export const ANYTHING: OptionCheck<unknown> = { isValid: (value): value is unknown => value !== undefined, expected: 'a value' };

/** One of these texts. */
export function oneOf<T extends string>(values: readonly T[]): OptionCheck<T | undefined> {
  return { isValid: (value): value is T => values.some((one) => one === value), expected: `one of ${values.join(', ')}` };
}
