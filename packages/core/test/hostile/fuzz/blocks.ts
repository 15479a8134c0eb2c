import { blockOf, huffman, raw, type HpackInstruction } from '../../hpack-instructions.ts';
import { judgeBlocks, readBlocks } from './judge-blocks.ts';
import { joinSteps, LIMITS, type BlockStep } from './block-steps.ts';
import { mutateBlocks } from './mutate-blocks.ts';
import type { FuzzTarget } from './target.ts';

const METHOD = 'HPACK';

/** Header blocks of one connection, and changes of the limit that its table has, in their order. */
export const BLOCKS: FuzzTarget = {
  name: 'hpack',
  corpus: new URL('../corpus-hpack/', import.meta.url),
  owns: (method) => method === METHOD,
  seeds: () => SEEDS.map((steps) => ({ method: METHOD, bytes: joinSteps(steps.map(stepOf)) })),
  mutate: ({ bytes }, random, others) => ({ method: METHOD, bytes: mutateBlocks(bytes, random, others) }),
  judge: judgeBlocks,
  show: ({ bytes }) => readBlocks(bytes),
};

/** Instructions, bytes in hex, or a limit. */
type Seed = readonly HpackInstruction[] | string | number;

function stepOf(seed: Seed): BlockStep {
  if (typeof seed === 'number') return { kind: 'limit', bytes: seed };
  const block = typeof seed === 'string' ? Buffer.from(seed, 'hex') : blockOf(seed);
  return { kind: 'block', block: block.toString('latin1') };
}

const GET: HpackInstruction = { kind: 'indexed', index: 2 };
const NEWEST: HpackInstruction = { kind: 'indexed', index: 62 };
const ENTRY: HpackInstruction = { kind: 'indexing', name: raw('x-one'), value: huffman('value one') };

const SEEDS: readonly (readonly Seed[])[] = [
  [],
  // RFC 7541 C.4 and C.6.
  ['828684418cf1e3c2e5f23a6ba0ab90f4ff', '828684be5886a8eb10649cbf', '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf'],
  ['488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3', '4883640effc1c0bf'],
  [[ENTRY, NEWEST], [NEWEST], [GET, { kind: 'indexing', name: 62, value: raw('') }], [NEWEST, { kind: 'indexed', index: 63 }]],
  [[{ kind: 'plain', name: 4, value: huffman('/items/1') }], [{ kind: 'never', name: 23, value: raw('Bearer x') }]],
  [[{ kind: 'plain', name: raw('x-empty'), value: raw('') }], [{ kind: 'never', name: huffman('cookie'), value: huffman('a=b') }]],
  [[ENTRY], [{ kind: 'update', bytes: 0 }, GET], [{ kind: 'update', bytes: 4_096 }, ENTRY], [NEWEST]],
  [[ENTRY], 60, [{ kind: 'update', bytes: 60 }, NEWEST], 4_096, [ENTRY, ENTRY, NEWEST]],
  [[ENTRY, ENTRY], 0, 200, [{ kind: 'update', bytes: 0 }, { kind: 'update', bytes: 200 }, ENTRY], [GET]],
  [65_536, [{ kind: 'update', bytes: 65_536 }, ENTRY, { kind: 'indexing', name: 62, value: raw('v'.repeat(200)) }], [NEWEST]],
  [60, [GET]],
  // What must be refused.
  ...[
    '80',
    'c0',
    'ff',
    '3f',
    '41',
    'ff80808080808001',
    'ff81ffffff07',
    '0403',
    '04811f',
    '048118',
    '0482f8ff',
    '0485ffffffffff',
    '8220',
    '3fe21f',
    '202020',
  ].map((hex) => [hex]),
  // More than a list may be.
  [[ENTRY], 'be'.repeat(40), [NEWEST]],
  LIMITS,
];
