import { seededRandom, zipfRanks } from './random.ts';

/** A request to be made. What the server does with it is in the path: see server.ts. */
export interface PlannedRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
}

const PRODUCTS = 300;

/** What comes how often, out of 100. The rest are products. */
const MIX = [
  { share: 12, plan: (number: number): PlannedRequest => ({ method: 'GET', path: `/prices/${number}` }) },
  { share: 8, plan: (number: number): PlannedRequest => ({ method: 'GET', path: `/busy/${number}` }) },
  { share: 5, plan: (number: number): PlannedRequest => ({ method: 'POST', path: `/orders/${number}` }) },
  { share: 4, plan: (number: number): PlannedRequest => ({ method: 'GET', path: `/slow/${number}` }) },
  { share: 2, plan: (number: number): PlannedRequest => ({ method: 'GET', path: `/legacy/${number}` }) },
] as const;

/** `count` requests, the same for the same seed. */
export function* workload(count: number, seed: number): Generator<PlannedRequest, undefined> {
  const random = seededRandom(seed);
  const product = zipfRanks(PRODUCTS, random);
  for (let number = 0; number < count; number++) {
    yield special(random() * 100, number) ?? { method: 'GET', path: `/products/${product()}` };
  }
}

function special(point: number, number: number): PlannedRequest | undefined {
  let bound = 0;
  for (const { share, plan } of MIX) {
    bound += share;
    if (point < bound) return plan(number);
  }
  return undefined;
}
