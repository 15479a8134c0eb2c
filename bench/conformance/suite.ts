import suites, { type SuiteCase } from 'http-cache-tests/tests/index.mjs';

/** What a case asks for: what the standards require, what a good cache does beyond, or what caches differ in, which is neither right nor wrong. */
export type CaseKind = 'required' | 'optimal' | 'check';

/**
 * Which caches a case is for, as the suite marks it: `client` cases are run in browsers too, `private` ones there alone; those for `others` are about shared caches, or about conditions that
 * a page's `fetch` cannot send.
 */
export type CaseGroup = 'client' | 'private' | 'others';

/** A case of the suite. */
export interface Case {
  readonly id: string;
  readonly name: string;
  readonly kind: CaseKind;
  readonly group: CaseGroup;
  readonly definition: SuiteCase;
}

/** All of them, in the suite's order. */
export const cases: readonly Case[] = suites.flatMap(({ tests }) => tests.map(caseOf));

function caseOf(definition: SuiteCase): Case {
  const { id, name, kind = 'required' } = definition;
  return { id, name, kind, group: groupOf(definition), definition };
}

function groupOf({ browser_only: isPrivate = false, browser_skip: isSkipped = false }: SuiteCase): CaseGroup {
  if (isPrivate) return 'private';
  return isSkipped ? 'others' : 'client';
}
