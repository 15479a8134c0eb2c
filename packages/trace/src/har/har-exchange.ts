import type { HttpHeaders, HttpRequest, HttpResponse, TraceEvent, TraceListener } from '@roundtripper/core';

import { ExchangeRecorder, type RecordPolicy } from '../exchange-recorder.ts';
import { isGivenUp } from '../given-up.ts';
import { listening } from '../trace.ts';
import { contentOf, isKept, postDataOf, type BodyPolicy } from './har-content.ts';
import type { ExchangeFacts } from './har-entry.ts';
import type { HarInitiator } from './har-format.ts';
import { KeptBody, RecordedBody } from './recorded-body.ts';

interface Ear {
  hear: TraceListener | undefined;
}

function listenerOf(ear: Ear): TraceListener {
  return (event) => ear.hear?.(event);
}

/** One exchange while it is recorded: over when its record is and, where its response's body is kept, when that was read as well. */
export class HarExchange {
  readonly initiator: HarInitiator | undefined;
  readonly #request: HttpRequest;
  readonly #policy: BodyPolicy & RecordPolicy;
  readonly #recorder: ExchangeRecorder;
  readonly #onEnd: (exchange: HarExchange) => void;
  #sentNames: (() => readonly string[]) | undefined;
  #responseHeaders: HttpHeaders | undefined;
  #statusText: string | undefined;
  #body: KeptBody | undefined;
  readonly #ear: Ear = { hear: (event) => this.#hear(event) };
  #isOver = false;

  /** @param onEnd Called once when it is over. */
  constructor(
    request: HttpRequest,
    policy: BodyPolicy & RecordPolicy,
    initiator: HarInitiator | undefined,
    onEnd: (exchange: HarExchange) => void,
  ) {
    this.#request = request;
    this.#policy = policy;
    this.initiator = initiator;
    this.#onEnd = onEnd;
    this.#recorder = new ExchangeRecorder(request, policy, { onEnd: () => this.#settle() });
  }

  /** The request as it is to be passed on. */
  listeningRequest(): HttpRequest {
    return listening(this.#request, listenerOf(this.#ear));
  }

  /** Hears no more. The connection that has carried it keeps its listener for as long as it is idle, and by that would keep the request and what was kept of bodies. */
  letGo(): void {
    this.#ear.hear = undefined;
  }

  /** @returns the response to pass on. */
  answered(response: HttpResponse): HttpResponse {
    this.#responseHeaders = response.headers;
    this.#statusText = response.statusText;
    const passedOn = this.#isBodyKept(response) ? this.#recordBody(response) : response;
    this.#recorder.answered(response, this.#policy.clock.monotonicMs());
    return passedOn;
  }

  failed(error: unknown): void {
    this.#recorder.failed(error, this.#policy.clock.monotonicMs());
  }

  /** What is known of it by now. */
  async facts(): Promise<ExchangeFacts> {
    const { record } = this.#recorder;
    const headers = this.#responseHeaders;
    const isOver = record.endMs !== undefined;
    return {
      record: isOver ? record : { ...record, endMs: this.#policy.clock.monotonicMs() },
      request: this.#request,
      sentNames: this.#sentNames?.(),
      requestHeaders: this.#request.headers,
      responseHeaders: headers,
      statusText: this.#statusText,
      postData: postDataOf(this.#request, this.#policy),
      content: headers === undefined || this.#body === undefined ? undefined : await contentOf(headers, this.#body.kept, this.#policy),
      initiator: this.initiator,
      comment: isOver ? undefined : 'it was under way when it was written down',
    };
  }

  #hear(event: TraceEvent): void {
    if (event.kind === 'wroteHeaders') this.#sentNames = event.fieldNames;
    this.#recorder.hear(event, this.#policy.clock.monotonicMs());
  }

  #settle(): void {
    const { endMs, error } = this.#recorder.record;
    if (this.#isOver || endMs === undefined) return;
    // What was given up has no reader who would come to its end.
    if (this.#body?.isOver === false && !isGivenUp(error)) return;
    this.#isOver = true;
    this.#onEnd(this);
  }

  /** Of what has no body, none must be made. */
  #isBodyKept(response: HttpResponse): boolean {
    if (response.socket !== undefined || response.bodyUsed || response.contentLength === 0) return false;
    if (this.#request.method === 'HEAD' || response.status === 204 || response.status === 304) return false;
    return isKept(response.headers, this.#policy.bodies);
  }

  #recordBody(response: HttpResponse): HttpResponse {
    this.#body = new KeptBody(this.#policy.maxBodyBytes, () => this.#settle());
    return response.with({ body: new RecordedBody(response, this.#body) });
  }
}
