import { IncomingBody } from './incoming-body.ts';

/** WHATWG Encoding "UTF-8 decode": malformed input becomes U+FFFD, a leading byte order mark is dropped. */
export function decodeUtf8(buffer: Buffer, length: number): string {
  const text = buffer.toString('utf8', 0, length);
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

export function copyOf(buffer: Buffer, length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer.subarray(0, length));
}

export function noBytes(): IncomingBody {
  return IncomingBody.of(new Uint8Array(0));
}

/** What fetch does with a stream that text() and the others have taken. */
export function lock(stream: ReadableStream): void {
  stream.getReader();
}

export function emptyStream(): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({ start: (controller) => controller.close() });
}
