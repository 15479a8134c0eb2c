import { compareReadings, type Comparison } from '../compare.ts';
import { readByUs } from '../read-by-us.ts';
import type { Reading } from '../reading.ts';
import type { Random } from './random.ts';

/** Bytes of a response, a character a byte, and the method that they answer. What else is fuzzed has a word of its own there, in capital letters. */
export interface Sample {
  readonly method: string;
  readonly bytes: string;
}

/** What came of a sample: what is wrong with it, and what makes it unlike others. */
export interface Judgement {
  readonly fault: string | undefined;
  readonly signature: string;
}

/** One read may take so long, for some thousands of bytes. */
const SLOW_MS = 1_000;

/**
 * What must hold of any bytes: our reader throws nothing but its own error, comes to the same end however they are cut, in no time, and reads no other message
 * than llhttp does, but for what is listed.
 */
export async function judge(sample: Sample, random: Random): Promise<Judgement> {
  const { method, bytes } = sample;
  const startedMs = performance.now();
  let ours: Reading;
  try {
    ours = readByUs({ method, pieces: [bytes] });
    for (const pieces of waysToCut(bytes, random)) {
      const cut = readByUs({ method, pieces });
      if (!isSame(cut, ours)) return cutFault(pieces, cut, ours);
    }
  } catch (error) {
    return faulty(`the reader throws ${String(error)}`);
  }
  const tookMs = performance.now() - startedMs;
  if (tookMs > SLOW_MS) return faulty(`it takes ${Math.round(tookMs)} ms to read`);
  const comparison = await compareReadings({ method, pieces: [bytes] });
  if (comparison.kind === 'different') return faulty(`llhttp reads it otherwise: ${comparison.summary}`);
  return { fault: undefined, signature: signatureOf(ours, comparison) };
}

function faulty(fault: string): Judgement {
  return { fault, signature: '' };
}

function cutFault(pieces: readonly string[], cut: Reading, whole: Reading): Judgement {
  return faulty(`whole it is read as ${shown(whole)}, as ${JSON.stringify(pieces)} as ${shown(cut)}`);
}

function waysToCut(bytes: string, random: Random): string[][] {
  const ways = Array.from({ length: 3 }, () => {
    const [one = 0, two = 0] = [random.below(bytes.length + 1), random.below(bytes.length + 1)].toSorted((a, b) => a - b);
    return [bytes.slice(0, one), bytes.slice(one, two), bytes.slice(two)];
  });
  return [bytes.split(''), ...ways];
}

/** Of what is refused the rest may differ: what came before the fault is handed on as it comes. Not so that it is refused, nor why. */
function isSame(one: Reading, other: Reading): boolean {
  if (one.verdict === 'refused' && other.verdict === 'refused') return one.why.split(':')[0] === other.why.split(':')[0];
  return JSON.stringify(one) === JSON.stringify(other);
}

function shown(reading: Reading): string {
  return JSON.stringify(reading).slice(0, 400);
}

/** Samples that come to the same end in the same way are worth one place in the corpus. */
function signatureOf(ours: Reading, comparison: Comparison): string {
  const counts = [ours.interim.length, ours.fields.length, ours.trailers.length, ours.body.length].map((count) => Math.min(count, 1));
  const status = ours.status === undefined ? '' : Math.floor(ours.status / 100);
  const difference = comparison.kind === 'allowed' ? comparison.difference.fact : '';
  return [ours.verdict, ours.why, status, difference, ...counts]
    .join('|')
    .replaceAll(/0x[0-9a-f]{2}|"[^"]+"|\d+/g, (text) => (text.length === 1 ? text : '#'));
}
