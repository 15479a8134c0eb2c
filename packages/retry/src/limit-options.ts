import type { HttpRequest, OptionCheck } from '@roundtripper/core';

/** What limits and circuits go by, where nothing else is said. */
export function originOf(request: HttpRequest): string {
  return request.target.origin.key;
}

export const aKeyFunction: OptionCheck<(request: HttpRequest) => string> = {
  isValid: (value): value is (request: HttpRequest) => string => typeof value === 'function',
  expected: 'a function from a request to a string',
};
