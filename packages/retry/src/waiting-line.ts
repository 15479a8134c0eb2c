import type { Clock, Timer } from '@roundtripper/core';

/** Limits on a wait. */
export interface WaitRules {
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
  /** How long it may wait, in milliseconds, and what it rejects with then; absent for no limit. */
  readonly limit?: { readonly ms: number; readonly makeError: () => Error } | undefined;
  /** It has left without having been let in. */
  readonly onLeave?: (() => void) | undefined;
}

/** Requests that wait for their turn: first come, first served. Who is cancelled, or has waited for too long, leaves at once. */
export class WaitingLine {
  // In the order in which they came; one that leaves from the middle costs nothing.
  readonly #waiters = new Set<Waiter>();

  get size(): number {
    return this.#waiters.size;
  }

  /**
   * Resolves when it is let in.
   * @throws the signal's reason, or the error of its limit.
   */
  wait(rules: WaitRules): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (error: unknown): void => {
        this.#waiters.delete(waiter);
        reject(error);
        rules.onLeave?.();
      };
      const waiter = new Waiter(rules, resolve, leave);
      this.#waiters.add(waiter);
    });
  }

  /** Lets in who came first. @returns false where nobody waits. */
  letIn(): boolean {
    const [first] = this.#waiters;
    if (first === undefined) return false;
    this.#waiters.delete(first);
    first.letIn();
    return true;
  }
}

class Waiter {
  readonly #signal: AbortSignal | undefined;
  readonly #timer: Timer | undefined;
  readonly #resolve: () => void;
  readonly #leave: (error: unknown) => void;
  readonly #onAbort = (): void => this.#giveUp(this.#signal?.reason);

  constructor({ signal, clock, limit }: WaitRules, resolve: () => void, leave: (error: unknown) => void) {
    this.#signal = signal;
    this.#resolve = resolve;
    this.#leave = leave;
    signal?.addEventListener('abort', this.#onAbort);
    this.#timer = limit === undefined ? undefined : clock.after(limit.ms, () => this.#giveUp(limit.makeError()));
  }

  letIn(): void {
    this.#stop();
    this.#resolve();
  }

  #giveUp(error: unknown): void {
    this.#stop();
    this.#leave(error);
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}
