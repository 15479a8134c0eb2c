import type { CloseReason, TraceEvent } from '../src/contract/trace-event.ts';

/** Keeps what happened to requests: its `trace` is for `HttpRequest`. */
export class Recorder {
  readonly events: TraceEvent[] = [];
  readonly #onEvent: ((event: TraceEvent) => void) | undefined;

  /** @param onEvent Called with each event once it is kept. */
  constructor(onEvent?: (event: TraceEvent) => void) {
    this.#onEvent = onEvent;
  }

  readonly trace = (event: TraceEvent): void => {
    this.events.push(event);
    this.#onEvent?.(event);
  };

  get kinds(): TraceEvent['kind'][] {
    return this.events.map((event) => event.kind);
  }

  /** Why connections were closed, in order. */
  get closeReasons(): CloseReason[] {
    return this.all('connClosed').map((event) => event.reason);
  }

  /** The events of one kind. */
  all<Kind extends TraceEvent['kind']>(kind: Kind): Extract<TraceEvent, { readonly kind: Kind }>[] {
    return this.events.filter((event): event is Extract<TraceEvent, { readonly kind: Kind }> => event.kind === kind);
  }
}

/** What the promise rejects with. @throws Error when it does not. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was expected to reject, and did not');
}
