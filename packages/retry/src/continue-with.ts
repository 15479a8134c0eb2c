import type { HttpResponse } from '@roundtripper/core';

import { parseContentRange } from './content-range.ts';
import type { Download } from './download.ts';
import type { RetryErrorCode } from './retry-error.ts';

/** Whether an answer is the rest of a download, or a part of it up to `last`. One that is `no-part` says nothing of the download: it is for a policy to judge. */
export type Continuation =
  | { readonly kind: 'continue'; readonly last: number }
  | { readonly kind: 'no-part' }
  | { readonly kind: 'failed'; readonly code: Extract<RetryErrorCode, `resume-${string}`>; readonly detail: string };

/**
 * Judges the answer to a request for the bytes of `download` from `offset` on. A byte is only taken from an answer that says of itself that it is a part (206), which starts at that very byte and ends no
 * later than was asked, of a whole of the same length, in the same coding, and under the same validator.
 */
export function continueWith(response: HttpResponse, download: Download, offset: number): Continuation {
  switch (response.status) {
    case 206:
      return continueWithPart(response, download, offset);
    case 200:
      if (offset === 0 && isSameWhole(response, download)) return { kind: 'continue', last: download.last };
      return isSameAs(response, download)
        ? failed('resume-refused', 'the server sends the whole again instead of the part that was asked for')
        : failed('resume-changed', 'what is there now is not what was begun');
    case 412:
      return failed('resume-changed', 'what is there now is not what was begun');
    case 416:
      return isShorterNow(response, download)
        ? failed('resume-changed', 'what is there now has another length')
        : failed('resume-refused', 'the server does not give the part that was asked for');
    default:
      return { kind: 'no-part' };
  }
}

function continueWithPart(response: HttpResponse, download: Download, offset: number): Continuation {
  const { headers, contentLength } = response;
  const type = headers.get('content-type')?.toLowerCase() ?? '';
  if (type.startsWith('multipart/byteranges')) return failed('resume-invalid', 'the answer has several parts');
  const range = parseContentRange(headers.get('content-range') ?? '');
  if (range === undefined) return failed('resume-invalid', 'the answer does not say which part it is');
  if (!isSameAs(response, download)) return failed('resume-changed', 'the part is one of something else');
  if (range.total !== undefined && download.total !== undefined && range.total !== download.total) {
    return failed('resume-changed', `the whole has ${range.total} bytes now, and had ${download.total}`);
  }
  if (range.first !== offset) return failed('resume-invalid', `the part starts at byte ${range.first}, and byte ${offset} was asked for`);
  if (range.last > download.last) return failed('resume-invalid', `the part goes on to byte ${range.last}, beyond ${download.last}`);
  if (contentLength !== undefined && contentLength !== range.last - range.first + 1) {
    return failed('resume-invalid', `the answer has ${contentLength} bytes, and says that they are ${range.first} to ${range.last}`);
  }
  // With If-Range a server leaves out what the client has (RFC 9110 §15.3.7).
  if ((headers.get('content-encoding') ?? download.coding) !== download.coding) {
    return failed('resume-invalid', 'the part has another content coding');
  }
  return { kind: 'continue', last: range.last };
}

/** Whether the answer is under the validator of the download. An entity tag has to be there again, also in a part; of a date only another one, or a tag, says that it is something else. */
function isSameAs({ headers }: HttpResponse, { validator }: Download): boolean {
  if (validator.kind === 'etag') return headers.get('etag') === validator.etag;
  return headers.get('etag') === null && (headers.get('last-modified') ?? validator.lastModified) === validator.lastModified;
}

/** Where nothing was read yet the whole will do: to a server it may be the same as a part that begins with the first byte. */
function isSameWhole(response: HttpResponse, download: Download): boolean {
  const { headers, contentLength } = response;
  const isWhole = download.total !== undefined && download.last === download.total - 1 && contentLength === download.total;
  return isWhole && isSameAs(response, download) && (headers.get('content-encoding') ?? '') === download.coding;
}

/** RFC 9110 §15.5.17: a 416 says by its `Content-Range` how long the whole is. */
function isShorterNow({ headers }: HttpResponse, { total }: Download): boolean {
  const [, length] = /^bytes \*\/(\d{1,15})$/i.exec(headers.get('content-range') ?? '') ?? [];
  return length !== undefined && total !== undefined && Number(length) !== total;
}

function failed(code: Extract<RetryErrorCode, `resume-${string}`>, detail: string): Continuation {
  return { kind: 'failed', code, detail };
}
