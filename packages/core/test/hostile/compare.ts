import { ALLOWED_DIFFERENCES, type AllowedDifference, type Compared } from './allowed-differences.ts';
import { readByNode } from './read-by-node.ts';
import { readByUs } from './read-by-us.ts';
import type { Input, Reading } from './reading.ts';

/** Two readings of the same bytes: alike, different in a way that is listed, or different. */
export type Comparison =
  | { readonly kind: 'equal' }
  | { readonly kind: 'allowed'; readonly difference: AllowedDifference }
  | { readonly kind: 'different'; readonly summary: string };

const EQUAL: Comparison = { kind: 'equal' };

/**
 * Reads bytes that come in these pieces as we do and as node:http does, and compares. Where they differ over something that can be taken away without changing the
 * message, what is left is compared too, and we must read it as we read the whole.
 */
export async function compareReadings({ method, pieces }: Input): Promise<Comparison> {
  const bytes = pieces.join('');
  const ours = readByUs({ method, pieces });
  const comparison = compare({ bytes, ours, theirs: await readByNode({ method, pieces }) });
  if (comparison.kind !== 'allowed') return comparison;
  const plain = comparison.difference.rewrite?.(bytes) ?? bytes;
  if (plain === bytes) return comparison;
  const ofPlain = await compareReadings({ method, pieces: [plain] });
  const oursOfPlain = readByUs({ method, pieces: [plain] });
  const summary = ours.verdict === 'complete' ? differenceOf(withoutLengths(ours), withoutLengths(oursOfPlain)) : undefined;
  if (summary !== undefined) return { kind: 'different', summary: `without "${comparison.difference.fact}" (theirs): ${summary}` };
  return ofPlain.kind === 'different' ? ofPlain : comparison;
}

/** Of what both refuse nothing more is asked: no caller gets an answer. */
function compare(compared: Compared): Comparison {
  const { ours, theirs } = compared;
  if (ours.verdict === 'refused' && theirs.verdict === 'refused') return EQUAL;
  const summary = differenceOf(ours, theirs);
  if (summary === undefined) return EQUAL;
  const difference = ALLOWED_DIFFERENCES.find((each) => each.allows(compared));
  return difference === undefined ? { kind: 'different', summary } : { kind: 'allowed', difference };
}

function withoutLengths(reading: Reading): Reading {
  return { ...reading, fields: reading.fields.filter(([name]) => name.toLowerCase() !== 'content-length') };
}

const PARTS = ['interim', 'status', 'reason', 'fields', 'body', 'trailers'] as const;

function differenceOf(ours: Reading, theirs: Reading): string | undefined {
  if (ours.verdict !== theirs.verdict) return `ours: ${verdict(ours)}; theirs: ${verdict(theirs)}`;
  const parts = PARTS.filter((part) => JSON.stringify(ours[part]) !== JSON.stringify(theirs[part]));
  if (parts.length === 0) return undefined;
  return parts.map((part) => `${part}: ${shown(ours[part])}, theirs: ${shown(theirs[part])}`).join('; ');
}

function verdict({ verdict: is, why }: Reading): string {
  return why === '' ? is : `${is} (${why})`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
