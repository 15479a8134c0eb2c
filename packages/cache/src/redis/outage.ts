import { StoreError } from '../store-error.ts';

/** Of so many reasons each is told: what says another thing each time would fill the logs. */
const MOST_REASONS = 20;

/** Why Redis is not used, until it is again. It is tried again and again, mostly with nobody waiting for what comes of it; each reason is told to somebody, once. */
export class Outage {
  readonly #told = new Set<string>();
  #last: StoreError | undefined;
  #unsaid: StoreError | undefined;

  /** Somebody was thrown an error. */
  said(error: unknown): void {
    if (!(error instanceof StoreError)) return;
    this.#last = error;
    this.#told.add(reasonOf(error));
  }

  /** An attempt has failed that nobody waits for. */
  found(error: unknown): void {
    if (!(error instanceof StoreError)) return;
    this.#last = error;
    const reason = reasonOf(error);
    if (this.#told.has(reason) || this.#told.size >= MOST_REASONS) return;
    this.#told.add(reason);
    this.#unsaid = error;
  }

  /** @returns an error that nobody was told of yet. From now on somebody is. */
  takeUnsaid(): StoreError | undefined {
    const unsaid = this.#unsaid;
    this.#unsaid = undefined;
    return unsaid;
  }

  /** What to give to an error that comes of this one. */
  get options(): ErrorOptions | undefined {
    return this.#last === undefined ? undefined : { cause: this.#last.cause ?? this.#last };
  }

  over(): void {
    this.#told.clear();
    this.#last = undefined;
    this.#unsaid = undefined;
  }
}

/** The same failure has the same cause, whether a command or a connection has failed by it. */
function reasonOf({ message, cause }: StoreError): string {
  if (!(cause instanceof Error)) return message;
  return 'code' in cause ? String(cause.code) : cause.message;
}
