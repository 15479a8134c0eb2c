import type { HttpRequest } from '../contract/http-request.ts';

/** `close` as an element of a `Connection` field. */
export const CLOSE_OPTION: RegExp = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i;

/** Whether the request asks for the connection to be closed, in one way or the other. */
export function asksToClose(request: HttpRequest): boolean {
  return request.close || (request.headers.size > 0 && CLOSE_OPTION.test(request.headers.get('connection') ?? ''));
}
