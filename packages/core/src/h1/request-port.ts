import type { BodyLength } from '../contract/body-length.ts';
import type { HttpRequest } from '../contract/http-request.ts';
import type { RequestPort } from '../engine/request-port.ts';
import { requestTrailers } from '../engine/request-trailers.ts';
import type { Wire } from '../wire/wire.ts';
import type { Framing } from './framing.ts';
import type { Http1Options } from './http1-options.ts';
import { NO_BODY, requestFraming, requestHead } from './request-head.ts';

/** One request on its way to a wire (RFC 9112). */
export class Http1RequestPort implements RequestPort {
  readonly streamId = undefined;
  readonly #wire: Wire;
  readonly #request: HttpRequest;
  readonly #options: Http1Options;
  readonly #isClosing: boolean;
  #framing: Framing = NO_BODY;
  #head = '';

  /** @param isClosing Whether the request says that the connection ends with it. */
  constructor(wire: Wire, request: HttpRequest, options: Http1Options, isClosing: boolean) {
    this.#wire = wire;
    this.#request = request;
    this.#options = options;
    this.#isClosing = isClosing;
  }

  get mostQueuedBytes(): number {
    return this.#options.maxUnsentBytes;
  }

  prepare(length: BodyLength): void {
    this.#framing = requestFraming(length, this.#request);
    this.#head = requestHead(this.#request, this.#framing, this.#isClosing, this.#options.forward);
  }

  writeHead(): void {
    this.#wire.write(this.#head);
  }

  writeWhole(body: Uint8Array | string): boolean {
    return typeof body === 'string' ? this.#wire.write(this.#head + body) : this.#wire.writeFramed(this.#head, body, '');
  }

  writeBody(bytes: Uint8Array): boolean {
    return this.#framing.kind === 'chunked'
      ? this.#wire.writeFramed(`${bytes.byteLength.toString(16)}\r\n`, bytes, '\r\n')
      : this.#wire.write(bytes);
  }

  endBody(): boolean {
    return this.#framing.kind === 'chunked' ? this.#wire.write(`0\r\n${trailerLines(this.#request)}\r\n`) : true;
  }

  fieldNames(): readonly string[] {
    return this.#head
      .split('\r\n')
      .slice(1, -2)
      .map((line) => line.slice(0, line.indexOf(':')));
  }

  gather(): void {
    this.#wire.gather();
  }
}

function trailerLines(request: HttpRequest): string {
  let lines = '';
  requestTrailers(request)?.visit((name, _lowerName, value) => {
    lines += `${name}: ${value}\r\n`;
  });
  return lines;
}
