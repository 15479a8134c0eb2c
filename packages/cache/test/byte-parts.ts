import type { HttpResponse } from '@roundtripper/core';

/** One part of a multipart/byteranges. */
export interface BytePart {
  readonly start: number;
  /** The offset after its last byte. */
  readonly end: number;
  readonly total: string;
  readonly contentType: string | undefined;
  readonly bytes: Buffer;
}

/**
 * Reads a multipart/byteranges by RFC 2046 §5.1.1: what stands between the lines that are its boundary.
 * @throws Error where it is none, has something before, between or after its parts, or is of another length than it says.
 */
export async function byteParts(response: Pick<HttpResponse, 'headers' | 'bytes'>): Promise<readonly BytePart[]> {
  const boundary = /^multipart\/byteranges; boundary=(?<name>[\w-]{1,70})$/.exec(response.headers.get('content-type') ?? '')?.groups?.[
    'name'
  ];
  if (boundary === undefined) throw new Error('no boundary');
  const content = Buffer.from(await response.bytes());
  if (response.headers.get('content-length') !== `${content.byteLength}`) throw new Error('another length than declared');
  const [before, ...pieces] = `\r\n${content.toString('latin1')}`.split(`\r\n--${boundary}`);
  if (before !== '' || pieces.pop() !== '--\r\n') throw new Error('something before or after the parts');
  return pieces.map(partOf);
}

const HEAD = /^\r\n(?:Content-Type: (?<type>[^\r\n]*)\r\n)?Content-Range: bytes (?<first>\d+)-(?<last>\d+)\/(?<total>\d+|\*)\r\n\r\n/;

function partOf(piece: string): BytePart {
  const match = HEAD.exec(piece);
  if (match === null) throw new Error('a part without a Content-Range');
  const { type, first, last, total = '' } = match.groups ?? {};
  const bytes = Buffer.from(piece.slice(match[0].length), 'latin1');
  return { start: Number(first), end: Number(last) + 1, total, contentType: type, bytes };
}
