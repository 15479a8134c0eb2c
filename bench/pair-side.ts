import { answerAndLive, fail, takeOrders } from './child-side.ts';
import type { Order, Report, Sample } from './messages.ts';
import type { Variant } from './variant.ts';
import { Workload } from './workload.ts';

/** Two that take turns in this process, and how many requests each of them has in flight. */
export interface Pair {
  readonly plain: Variant;
  readonly variant: Variant;
  readonly concurrency: number;
}

/** What the process of a pair does: it warms both up, and measures one window of each as often as it is told to. */
export function servePair({ plain, variant, concurrency }: Pair): void {
  const sides = { plain: new Side(plain, concurrency), variant: new Side(variant, concurrency) };
  takeOrders((order) => carryOut(order, sides));
  answerAndLive({ kind: 'ready' }, () => {
    Promise.all([plain[Symbol.asyncDispose](), variant[Symbol.asyncDispose]()]).then(() => process.exit(0), fail);
  });
}

interface Sides {
  readonly plain: Side;
  readonly variant: Side;
}

async function carryOut(order: Order, { plain, variant }: Sides): Promise<Report> {
  switch (order.kind) {
    case 'warm-up':
      // Twice: what one was compiled to is thrown away when the other runs for the first time.
      await plain.warmUp(order.forMs / 4);
      await variant.warmUp(order.forMs / 4);
      await plain.warmUp(order.forMs / 4);
      return { kind: 'warmed-up', requestsPerSecond: await variant.warmUp(order.forMs / 4) };
    case 'measure-pair': {
      // The one that comes second collects what the first has left: they change places.
      if (order.isPlainFirst) {
        const sample = await plain.measure(order.requests);
        return { kind: 'measured-pair', plain: sample, variant: await variant.measure(order.requests) };
      }
      const sample = await variant.measure(order.requests);
      return { kind: 'measured-pair', plain: await plain.measure(order.requests), variant: sample };
    }
    default:
      throw new Error(`${order.kind} is not for a pair`);
  }
}

class Side {
  readonly #variant: Variant;
  readonly #workload: Workload;

  constructor(variant: Variant, concurrency: number) {
    this.#variant = variant;
    this.#workload = new Workload(variant.get, concurrency);
  }

  warmUp(forMs: number): Promise<number> {
    return this.#turnedOn(() => this.#workload.warmUp(forMs));
  }

  measure(requests: number): Promise<Sample> {
    return this.#turnedOn(() => this.#workload.measure(requests));
  }

  async #turnedOn<T>(run: () => Promise<T>): Promise<T> {
    this.#variant.turnOn?.();
    try {
      const result = await run();
      await this.#variant.verify?.();
      return result;
    } finally {
      this.#variant.turnOff?.();
    }
  }
}
