import type { Clock, Timer } from '@roundtripper/core';

interface Call {
  readonly dueMs: number;
  /** Of two that are due at once the one that was asked for first comes first. */
  readonly number: number;
  readonly callback: () => void;
  isCancelled: boolean;
}

/** A clock for simulations of many clients: `TestClock` looks at every pending call for each it makes, and this keeps them in a heap. */
export class SimulatedClock implements Clock {
  readonly #heap: Call[] = [];
  #count = 0;
  #nowMs = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const call: Call = { dueMs: this.#nowMs + delayMs, number: (this.#count += 1), callback, isCancelled: false };
    this.#push(call);
    return {
      cancel: () => {
        call.isCancelled = true;
      },
      unref: () => {},
    };
  }

  /** Makes each call at its time until there are none left. Those of one moment are made together, and what they resolve is waited for. */
  async runToEnd(): Promise<void> {
    for (let first = this.#pop(); first !== undefined; first = this.#pop()) {
      this.#nowMs = first.dueMs;
      for (let call: Call | undefined = first; call !== undefined; call = this.#heap[0]?.dueMs === this.#nowMs ? this.#pop() : undefined) {
        if (!call.isCancelled) call.callback();
      }
      // Every promise that this has settled, however long the chain.
      await new Promise<void>((resolve) => void setImmediate(resolve));
    }
  }

  #push(call: Call): void {
    const heap = this.#heap;
    let at = heap.push(call) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(call, heap[parent])) break;
      swap(heap, at, parent);
      at = parent;
    }
  }

  #pop(): Call | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    heap[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const child = isBefore(heap[left + 1], heap[left]) ? left + 1 : left;
      if (!isBefore(heap[child], heap[at])) return top;
      swap(heap, at, child);
      at = child;
    }
  }
}

function isBefore(one: Call | undefined, other: Call | undefined): boolean {
  if (one === undefined) return false;
  if (other === undefined) return true;
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.number < other.number);
}

function swap(heap: Call[], one: number, other: number): void {
  const [a, b] = [heap[one], heap[other]];
  if (a === undefined || b === undefined) return;
  heap[one] = b;
  heap[other] = a;
}
