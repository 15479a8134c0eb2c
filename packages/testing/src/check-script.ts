import { OptionReader, type OptionCheck } from '@roundtripper/core';

import { ANYTHING, oneOf } from './option-checks.ts';
import type { Fault, ScriptedResponse } from './scripted-response.ts';

/**
 * Refuses an answer that a misspelt name or fault would turn into another one, with which a test may well pass.
 * @throws TypeError naming what is unknown.
 */
export function checkScript(response: ScriptedResponse): void {
  const reader = new OptionReader('enqueue', response);
  for (const name of PLAIN_NAMES) reader.read(name, undefined, ANYTHING);
  reader.read('when', undefined, oneOf(MOMENTS));
  const fault = reader.read<Fault | undefined>('fault', undefined, A_FAULT);
  reader.finish();
  if (typeof fault === 'object') checkParts(fault);
}

function checkParts(fault: Extract<Fault, object>): void {
  const reader = new OptionReader(`fault ${fault.kind}`, fault);
  for (const name of ['kind', ...KINDS[fault.kind]]) reader.read(name, undefined, ANYTHING);
  reader.finish();
}

const PLAIN_NAMES = [
  'status',
  'statusText',
  'headers',
  'body',
  'trailers',
  'headDelay',
  'bodyDelay',
] as const satisfies readonly (keyof ScriptedResponse)[];

const MOMENTS = ['request-end', 'request-head'] as const;

/** The faults that are a name, and those with parts. Tables, so that the compiler says when one is missing. */
const NAMES: Readonly<Record<Extract<Fault, string>, true>> = {
  'never-answer': true,
  'close-before-response': true,
  'reset-before-response': true,
  'garbage': true,
  'truncate-body': true,
  'reset-body': true,
  'stall-body': true,
  'close-after-response': true,
  'reset-after-response': true,
};
const KINDS: Readonly<Record<Extract<Fault, object>['kind'], readonly string[]>> = {
  'close-idle': ['after'],
  'reset-stream': ['at', 'code'],
  'go-away': ['code', 'lastStreamId'],
};

const A_FAULT: OptionCheck<Fault> = {
  isValid: (value): value is Fault =>
    typeof value === 'string'
      ? Object.hasOwn(NAMES, value)
      : typeof value === 'object' && value !== null && 'kind' in value && Object.hasOwn(KINDS, String(value.kind)),
  expected: `one of ${Object.keys(NAMES).join(', ')}, or an object with the kind ${Object.keys(KINDS).join(', ')}`,
};
