import type { CloseReason } from '@roundtripper/core';

/** What each reason means, and to whom to turn, in a few words. */
export const CLOSE_REASONS: Readonly<Record<CloseReason, string>> = {
  'idle-timeout': 'idle for longer than idleConnTimeout',
  'max-idle-conns': 'more idle than maxIdleConns',
  'max-idle-conns-per-host': 'more idle to one host than maxIdleConnsPerHost',
  'max-conns-per-host': 'it made room for a fresh one within maxConnsPerHost',
  'keep-alives-disabled': 'disableKeepAlives is set',
  'close-idle-connections': 'closeIdleConnections() was called',
  'transport-closed': 'the Transport was closed',
  'request-close': 'the request asked for it (Connection: close)',
  'response-close': 'the server asked for it (Connection: close)',
  'http-1.0': 'the server speaks HTTP/1.0 and did not ask to keep it',
  'until-close': 'the end of the connection was the end of the body',
  'doubtful-framing': 'where the response ended is open to doubt',
  'request-unfinished': 'the server answered before it had the request body',
  'aborted': 'the request was cancelled',
  'body-abandoned': 'the response body was not read to its end',
  'request-body-failed': 'the request body failed',
  'server-closed-idle': 'the server closed it while it was idle',
  'unsolicited-data': 'the server sent what nobody had asked for',
  'malformed-response': 'the response was not HTTP',
  'truncated': 'it ended in the middle of a response',
  'connection-lost': 'it was lost before the answer',
  'timeout': 'the answer took too long',
};
