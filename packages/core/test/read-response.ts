import type { HttpHeaders } from '../src/contract/http-headers.ts';
import { DEFAULT_RESPONSE_LIMITS, type ResponseLimits } from '../src/h1/http1-options.ts';
import { ProtocolError } from '../src/h1/protocol-error.ts';
import { ResponseReader, type ResponseHead } from '../src/h1/response-reader.ts';

/** What a reader makes of bytes. */
export interface ReadResponse {
  readonly interim: readonly number[];
  readonly head: ResponseHead | undefined;
  readonly body: string;
  readonly trailers: HttpHeaders | undefined;
  /** Whether the reader saw the response's end. */
  readonly isComplete: boolean;
  /** Bytes that it left over. */
  readonly left: number;
  readonly error: ProtocolError | undefined;
}

/** Feeds a reader with pieces of a response, each in a buffer of its own that is wiped afterwards, as a shared read buffer would be. */
export function readResponse(pieces: readonly string[], method = 'GET', limits: Partial<ResponseLimits> = {}): ReadResponse {
  const interim: number[] = [];
  let head: ResponseHead | undefined;
  let body = '';
  let trailers: HttpHeaders | undefined;
  let left = 0;
  let error: ProtocolError | undefined;
  const reader = new ResponseReader(
    {
      onInterim: (status) => interim.push(status),
      onHead: (got) => {
        head = got;
      },
      onBody: (buffer, start, end) => {
        body += buffer.toString('latin1', start, end);
      },
      onComplete: (got) => {
        trailers = got;
      },
    },
    { ...DEFAULT_RESPONSE_LIMITS, ...limits },
  );
  reader.begin(method);
  try {
    for (const piece of pieces) {
      const bytes = Buffer.from(`..${piece}..`, 'latin1');
      const end = reader.isReading ? reader.feed(bytes, 2, bytes.length - 2) : 2;
      left += bytes.length - 2 - end;
      bytes.fill(0x2e);
    }
  } catch (thrown) {
    if (!(thrown instanceof ProtocolError)) throw thrown;
    error = thrown;
  }
  return { interim, head, body, trailers, isComplete: !reader.isReading && error === undefined, left, error };
}

/** A text cut in two at every place, then byte by byte. */
export function everySplit(text: string): string[][] {
  const splits = Array.from({ length: text.length - 1 }, (_, at) => [text.slice(0, at + 1), text.slice(at + 1)]);
  return [[text], ...splits, text.split('')];
}
