import type { Duplex } from 'node:stream';

import type { ConnectionInfo } from './connection-info.ts';
import type { Context } from './context.ts';
import { VALUE_BYTES } from './field-syntax.ts';
import type { HttpHeadersInit } from './http-headers.ts';
import type { HttpRequest } from './http-request.ts';
import type { IncomingBody } from './incoming-body.ts';
import type { BodyContent } from './request-body.ts';

/** The connection a response came over, and whether it had carried an exchange before this one. */
export interface ResponseConnection extends ConnectionInfo {
  readonly reused: boolean;
}

/** The parts of a response that can be given. */
export interface HttpResponseInit {
  /** Default 200; 100 to 999. */
  readonly status?: number | undefined;
  readonly statusText?: string | undefined;
  readonly headers?: HttpHeadersInit | undefined;
  /** Like `HTTP/1.1`, the default. */
  readonly proto?: string | undefined;
  readonly request?: HttpRequest | undefined;
  readonly redirected?: boolean | undefined;
  readonly connection?: ResponseConnection | undefined;
  readonly socket?: Duplex | undefined;
  readonly context?: Context | undefined;
}

/** As {@link HttpResponseInit}, for `HttpResponse.with`: what is absent or `undefined` stays as it is; `body: null` leaves it out. */
export interface HttpResponseChanges extends HttpResponseInit {
  readonly body?: BodyContent | IncomingBody | null | undefined;
}

/** @internal */
export function checkStatus(status: number): number {
  if (Number.isInteger(status) && status >= 100 && status <= 999) return status;
  throw new TypeError(`invalid status ${String(status)}: expected an integer from 100 to 999`);
}

/** @internal */
export function checkStatusText(text: string): string {
  for (let at = 0; at < text.length; at++) {
    if (VALUE_BYTES[text.charCodeAt(at)] !== 1) throw new TypeError('invalid status text: expected visible characters, spaces and tabs');
  }
  return text;
}
