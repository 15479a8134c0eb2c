/** What a client says became of a request. go/main.go has the same numbers. */
export const OUTCOME = {
  /** Nothing: it is still waiting. */
  unsettled: 0,
  /** 200, with the body that belongs to it. */
  answered: 1,
  /** 413 or 408: not done. */
  refused: 2,
  failedUnsent: 3,
  /** Some of it was sent, or the client does not say how much. */
  failed: 4,
  /** 200 with another body, a part of one, or another status. */
  wrong: 5,
} as const;

/** What a client's process prints at its end. */
export interface ClientReport {
  /** A byte for each request, in base 64. */
  readonly outcomes: string;
  /** How often each error was met. */
  readonly errors: Readonly<Record<string, number>>;
  readonly elapsedMs: number;
}
