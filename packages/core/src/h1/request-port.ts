import type { BodyLength } from '../contract/body-length.ts';
import type { HttpRequest } from '../contract/http-request.ts';
import type { RequestPort } from '../engine/request-port.ts';
import { requestTrailers } from '../engine/request-trailers.ts';
import type { Wire } from '../wire/wire.ts';
import type { Framing } from './framing.ts';
import type { ForwardOptions } from './http1-options.ts';
import { requestFraming, requestHead } from './request-head.ts';

/** What is said of every request on the connection. */
export interface HeadOptions {
  /** Whether it says that the connection ends with it. */
  readonly isClosing: boolean;
  readonly forward: ForwardOptions | undefined;
}

/** One request on its way to a wire (RFC 9112). */
export class Http1RequestPort implements RequestPort {
  /** Chunks that are at hand are gathered into one write: sixteen of 64 KiB cost the system twice what four of 256 KiB do. */
  readonly mostQueuedBytes = 262_144;
  readonly streamId = undefined;
  readonly #wire: Wire;
  readonly #request: HttpRequest;
  readonly #options: HeadOptions;
  #framing: Framing = { kind: 'none' };
  #head = '';

  constructor(wire: Wire, request: HttpRequest, options: HeadOptions) {
    this.#wire = wire;
    this.#request = request;
    this.#options = options;
  }

  prepare(length: BodyLength): void {
    this.#framing = requestFraming(length, this.#request);
    this.#head = requestHead(this.#request, this.#framing, this.#options.isClosing, this.#options.forward);
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
