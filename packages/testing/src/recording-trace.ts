import type { CloseReason, TraceEvent } from '@roundtripper/core';

/** Keeps what happened to requests, for a test to look at: its `trace` is for `HttpRequest`, of one request or of many. */
export class RecordingTrace {
  readonly events: TraceEvent[] = [];
  readonly #onEvent: ((event: TraceEvent) => void) | undefined;

  /** @param onEvent Called with each event once it is kept: to abort a request at one, for example. */
  constructor(onEvent?: (event: TraceEvent) => void) {
    this.#onEvent = onEvent;
  }

  readonly trace = (event: TraceEvent): void => {
    this.events.push(event);
    this.#onEvent?.(event);
  };

  /** The kinds of the events, in order. */
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
