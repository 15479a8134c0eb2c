import { blockOf, huffman, raw } from '../../hpack-instructions.ts';
import { joinSteps, LIMITS, splitSteps, type BlockStep } from './block-steps.ts';
import type { Random } from './random.ts';

/** What can stand in a block, and what decoders stumble over. */
const WORDS: readonly string[] = [
  '\x82',
  '\x88',
  '\xbe',
  '\xbf',
  '\xc0',
  '\xff\x00',
  '\x80',
  '\x20',
  '\x3f\x01',
  '\x3f\xe1\x1f',
  '\x3f\xe1\xff\x03',
  '\xff\x80\x80\x80\x80\x00',
  '\x7f\x80\x80\x80\x80\x80\x00',
  '\x00\x00\x00',
  '\x40\x01a\x01b',
  '\x10\x01a\x01b',
  '\x7e\x01b',
  '\x81\xff',
  '\x82\xff\xff',
  '\x84\xff\xff\xff\xff',
  '\x85\xff\xff\xff\xff\xff',
  blockOf([{ kind: 'indexing', name: huffman('x-two'), value: raw('v'.repeat(100)) }]).toString('latin1'),
  blockOf([{ kind: 'plain', name: 4, value: huffman('/\0\xff{') }]).toString('latin1'),
  blockOf([{ kind: 'never', name: 32, value: huffman('a=b') }]).toString('latin1'),
];

const MAX_BYTES = 2_000;

type BlockMutation = (block: string, random: Random) => string;

const BLOCK_MUTATIONS: readonly BlockMutation[] = [
  // A byte becomes another, or one with a bit flipped.
  (block, random) => replaced(block, random.below(block.length), 1, String.fromCharCode(random.below(256))),
  (block, random) => {
    const at = random.below(block.length);
    return replaced(block, at, 1, String.fromCharCode((block.charCodeAt(at) || 0) ^ (1 << random.below(8))));
  },
  // A word comes in, or takes something's place.
  (block, random) => replaced(block, random.below(block.length + 1), 0, random.pick(WORDS)),
  (block, random) => replaced(block, random.below(block.length + 1), random.below(4), random.pick(WORDS)),
  (block, random) => random.pick(WORDS) + block,
  (block, random) => block + random.pick(WORDS),
  // A piece goes, or comes many times.
  (block, random) => replaced(block, random.below(block.length), 1 + random.below(6), ''),
  (block, random) => {
    const at = random.below(block.length);
    return replaced(block, at, 0, block.slice(at, at + 1 + random.below(12)).repeat(1 + random.below(20)));
  },
  (block, random) => block.slice(0, random.below(block.length + 1)),
];

type StepsMutation = (steps: BlockStep[], at: number, random: Random) => void;

const STEPS_MUTATIONS: readonly StepsMutation[] = [
  (steps, at, random) => void steps.splice(at, 0, { kind: 'limit', bytes: random.pick(LIMITS) }),
  (steps, at, random) => void steps.splice(at, 0, { kind: 'block', block: random.pick(WORDS) }),
  // A step goes, comes again now or later, or goes to another place.
  (steps, at) => void steps.splice(at, 1),
  (steps, at, random) => void steps.splice(random.below(steps.length + 1), 0, ...steps.slice(at, at + 1 + random.below(3))),
  (steps, at, random) => void steps.splice(random.below(steps.length), 0, ...steps.splice(at, 1)),
];

/** Bytes with one to four changes. @param others What to take steps from. */
export function mutateBlocks(bytes: string, random: Random, others: readonly string[]): string {
  const steps = splitSteps(bytes);
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(Math.max(1, steps.length));
    const step = steps[at];
    const kind = random.below(4);
    if (kind === 0) random.pick(STEPS_MUTATIONS)(steps, at, random);
    else if (kind === 1 || step?.kind !== 'block') steps.splice(at, 0, ...splitSteps(random.pick(others)).slice(0, 1 + random.below(6)));
    else steps[at] = { kind: 'block', block: random.pick(BLOCK_MUTATIONS)(step.block, random) };
  }
  return joinSteps(steps).slice(0, MAX_BYTES);
}

function replaced(text: string, at: number, length: number, by: string): string {
  return text.slice(0, at) + by + text.slice(at + length);
}
