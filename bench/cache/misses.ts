import type { HitSize } from './measure-hits.ts';

/** A request that a cache has no answer to, and what becomes of the answer. */
export interface Miss {
  /** Whose cache: with `none` two that are alike are compared. */
  readonly cache: 'none' | 'ours' | 'least' | "undici's";
  /** Whether the server allows the answer to be stored. */
  readonly isStored: boolean;
  readonly size: HitSize;
  readonly isTls: boolean;
}

const EXCHANGES = [
  { size: '1k', isTls: false },
  { size: '64k', isTls: false },
  { size: '1k', isTls: true },
] as const;

/** In the order they are measured and shown. */
export const MISSES: readonly Miss[] = [
  { cache: 'none', isStored: false, size: '1k', isTls: false },
  ...missesOf('ours'),
  ...missesOf('least'),
  ...missesOf("undici's"),
];

/** How it is described to a reader. */
export function missTitle({ cache, isStored, size, isTls }: Miss): string {
  if (cache === 'none') return 'nothing: how far two that are alike differ here';
  const name = NAMES[cache];
  const body = `${size === '1k' ? '1 KiB' : '64 KiB'}${isTls ? ' over TLS' : ''}`;
  return `${name}: ${body}, ${isStored ? 'stored in memory' : 'not to be stored'}`;
}

const NAMES: Readonly<Record<Exclude<Miss['cache'], 'none'>, string>> = {
  'ours': '`cache()`',
  'least': 'the least there could be: a ring of bytes, a table of numbers, one rule',
  "undici's": "undici's interceptor, against undici without it",
};

function missesOf(cache: Miss['cache']): readonly Miss[] {
  return EXCHANGES.flatMap((exchange) =>
    [false, true].map((isStored) => ({ cache, isStored, size: exchange.size, isTls: exchange.isTls })),
  );
}
