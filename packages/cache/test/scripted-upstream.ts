import { HttpResponse, IncomingBody, type HttpRequest, type HttpResponseInit, type RoundTripper } from '@roundtripper/core';

/** A request that waits for its answer. */
export interface Call {
  readonly number: number;
  readonly request: HttpRequest;
  readonly path: string;
  /** What of the resource it will tell, if anything: what there was when it came. */
  readonly version: number;
  answer(response: HttpResponse): void;
  fail(error: unknown): void;
}

/** How a call is answered. */
export type Outcome =
  | 'whole'
  | 'stream'
  | 'wrong-length'
  | 'no-store'
  | 'vary-all'
  | 'no-content'
  | 'not-modified'
  | 'trouble'
  | 'moved-on'
  | 'unreachable'
  | 'mistake';

/** A body under way. */
interface Stream {
  readonly body: IncomingBody;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: () => void;
  rest: Buffer;
}

/** A server whose every answer is given when, and as, the test says; no two of its bodies are the same. */
export class ScriptedUpstream implements RoundTripper {
  readonly calls: Call[] = [];
  readonly streams: Stream[] = [];
  /** By the number of the call, which each answer says in `X-Call`. */
  readonly texts: Map<number, string> = new Map();
  readonly versionOfCall: Map<number, number> = new Map();
  readonly #versions = new Map<string, number>();
  #count = 0;

  versionOf(path: string): number {
    return this.#versions.get(path) ?? 0;
  }

  change(path: string): void {
    this.#versions.set(path, this.versionOf(path) + 1);
  }

  roundTrip(request: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const path = request.url.pathname;
      this.#count += 1;
      const onAbort = (): void => call.fail(request.signal?.reason);
      const settle = (run: () => void): void => {
        const at = this.calls.indexOf(call);
        if (at === -1) return;
        this.calls.splice(at, 1);
        request.signal?.removeEventListener('abort', onAbort);
        run();
      };
      const call: Call = {
        number: this.#count,
        request,
        path,
        version: this.versionOf(path),
        answer: (response) => settle(() => resolve(response)),
        fail: (error) => settle(() => reject(error instanceof Error ? error : new Error(String(error)))),
      };
      this.calls.push(call);
      if (request.signal?.aborted === true) onAbort();
      request.signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  settle(call: Call, outcome: Outcome, bytes: number): void {
    const { request, version } = call;
    const etag = `"${version}"`;
    const fresh = { 'Cache-Control': 'max-age=10, stale-if-error=5', 'ETag': etag };
    if (outcome === 'unreachable') call.fail(new Error(`upstream ${call.number} is unreachable`));
    else if (outcome === 'mistake') call.fail(new TypeError(`upstream ${call.number} is asked wrongly`));
    else if (outcome === 'not-modified' && request.headers.get('if-none-match')?.includes(etag) === true) {
      call.answer(new HttpResponse(null, { status: 304, headers: fresh, request }));
    } else if (request.method === 'HEAD') call.answer(new HttpResponse(null, { headers: fresh, request }));
    else this.#answer(call, outcome, { bytes, fresh });
  }

  #answer(
    call: Call,
    outcome: Outcome,
    { bytes, fresh }: { readonly bytes: number; readonly fresh: Readonly<Record<string, string>> },
  ): void {
    const { number, request } = call;
    const text = outcome === 'no-content' ? '' : `${call.path} ${number} `.repeat(Math.ceil(bytes / 6)).slice(0, bytes);
    this.texts.set(number, text);
    this.versionOfCall.set(number, call.version);
    const headers: Record<string, string> = { ...fresh, ...FIELDS[outcome], 'X-Call': String(number) };
    if (outcome === 'wrong-length') headers['Content-Length'] = String(bytes + 1);
    const init: HttpResponseInit = { status: STATUSES[outcome] ?? 200, headers, request };
    call.answer(
      outcome === 'no-content' ? new HttpResponse(null, init) : new HttpResponse(this.#body(call, outcome === 'stream', text), init),
    );
  }

  #body({ request }: Call, isSlow: boolean, text: string): IncomingBody {
    const body = new IncomingBody({ resumeBody: () => {}, cancelBody: () => this.#close(stream) }, undefined);
    const { signal } = request;
    const stream: Stream = { body, signal, onAbort: () => body.cancel(signal?.reason), rest: Buffer.from(text) };
    if (isSlow) {
      this.streams.push(stream);
      request.signal?.addEventListener('abort', stream.onAbort, { once: true });
      this.push(stream);
    } else {
      stream.body.push(stream.rest);
      stream.body.end();
    }
    return stream.body;
  }

  /** The next third of it. */
  push(stream: Stream): void {
    const next = stream.rest.subarray(0, Math.ceil(stream.rest.byteLength / 3));
    stream.rest = stream.rest.subarray(next.byteLength);
    stream.body.push(next);
  }

  end(stream: Stream): void {
    stream.body.push(stream.rest);
    this.#close(stream);
    stream.body.end();
  }

  break(stream: Stream): void {
    this.#close(stream);
    stream.body.fail(new Error('upstream has broken off'));
  }

  #close(stream: Stream): void {
    stream.signal?.removeEventListener('abort', stream.onAbort);
    const at = this.streams.indexOf(stream);
    if (at !== -1) this.streams.splice(at, 1);
  }
}

const FIELDS: Partial<Record<Outcome, Readonly<Record<string, string>>>> = {
  'no-store': { 'Cache-Control': 'no-store' },
  'vary-all': { Vary: '*' },
  'trouble': { 'Cache-Control': 'no-store' },
  'moved-on': { 'Cache-Control': 'max-age=0' },
};

const STATUSES: Partial<Record<Outcome, number>> = { 'no-content': 204, 'trouble': 503 };
