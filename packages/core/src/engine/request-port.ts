import type { BodyLength } from '../contract/body-length.ts';

/** Where one request is written to, in the terms of its protocol. What is refused with `false` is sent nevertheless: the caller should wait for `onDrain` before it writes more. */
export interface RequestPort {
  /** Makes the head, of which nothing is written yet. @param length Of the body that follows. @throws TypeError when the request cannot be sent as it is. */
  prepare(length: BodyLength): void;
  writeHead(): void;
  /** The stream it goes out on, once its head is written; undefined in HTTP/1.1. */
  readonly streamId: number | undefined;
  /** Names of the head's fields, as they are written. Their values are nobody's business. */
  fieldNames(): readonly string[];
  /** The head and all of the body, in one go where they are small. @param body Bytes, or text that is all ASCII. */
  writeWhole(body: Uint8Array | string): boolean;
  /** The next bytes of the body, at least one, which must not change any more. */
  writeBody(bytes: Uint8Array): boolean;
  /** The body is complete; its trailers follow, where there are any. */
  endBody(): boolean;
  /** How many bytes of a body may wait here before its source is asked for no more. */
  readonly mostQueuedBytes: number;
  /** What is written from now to the end of this turn goes out together. */
  gather(): void;
}
