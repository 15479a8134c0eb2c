/** The bodies there are, by the name that is also their path, in bytes. */
export const SIZES = { '1k': 1_024, '64k': 65_536, '1m': 1_048_576, '1g': 1_073_741_824 } as const;

export type SizeName = keyof typeof SIZES;

export const SIZE_NAMES: readonly SizeName[] = ['1k', '64k', '1m', '1g'];

export function isSizeName(name: string): name is SizeName {
  return Object.hasOwn(SIZES, name);
}

/** What a request with the right body is answered with, and one that is held. */
export const SHORT_TEXT = 'ok';

/** The largest body that is made in one piece; larger ones are this one, again and again. */
export const PIECE_BYTES: number = SIZES['1m'];

/** Where there is an answer of this size that a cache may store. Whatever query follows it is the same, as it is for the others. */
export function storablePath(size: SizeName): string {
  return `/storable/${size}`;
}

/** A whole response, head and body in one buffer, with the fields that servers send. */
export function answerFor(size: SizeName, cacheControl?: string): Buffer {
  return answerWith(bodyOf(SIZES[size]), cacheControl);
}

/** As {@link answerFor}. */
export function answerWith(body: Buffer, cacheControl?: string): Buffer {
  return Buffer.concat([headFor(body.byteLength, cacheControl), body]);
}

/** The head of a response with so many bytes of body. */
export function headFor(bodyBytes: number, cacheControl = 'no-store'): Buffer {
  const lines = [
    'HTTP/1.1 200 OK',
    `Date: ${new Date().toUTCString()}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${bodyBytes}`,
    'Connection: keep-alive',
    `ETag: "${bodyBytes}-5f3c8a1e"`,
    `Cache-Control: ${cacheControl}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

/** So many bytes of ASCII text. */
export function bodyOf(bytes: number): Buffer {
  return Buffer.alloc(bytes, 'The quick brown fox jumps over the lazy dog.\n');
}
