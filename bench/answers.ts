/** The bodies there are, by the name that is also their path, in bytes. */
export const SIZES = { '1k': 1_024, '64k': 65_536 } as const;

export type SizeName = keyof typeof SIZES;

export const SIZE_NAMES: readonly SizeName[] = ['1k', '64k'];

export function isSizeName(name: string): name is SizeName {
  return Object.hasOwn(SIZES, name);
}

/** A whole response, head and body in one buffer, with the fields that servers send. */
export function answerFor(size: SizeName): Buffer {
  const bytes = SIZES[size];
  const head = [
    'HTTP/1.1 200 OK',
    `Date: ${new Date().toUTCString()}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${bytes}`,
    'Connection: keep-alive',
    `ETag: "${size}-5f3c8a1e"`,
    'Cache-Control: no-store',
  ];
  return Buffer.from(
    `${head.join('\r\n')}\r\n\r\n${'The quick brown fox jumps over the lazy dog.\n'.repeat(bytes / 45 + 1).slice(0, bytes)}`,
  );
}
