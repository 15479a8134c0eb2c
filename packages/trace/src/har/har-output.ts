import { open, type FileHandle } from 'node:fs/promises';
import type { Writable } from 'node:stream';

import { documentFoot } from './har-document.ts';

/** Where a document is written to. One call at a time. What a call rejects with is the disk's or the stream's error: no other call but `close` comes after it. */
export interface HarOutput {
  /** Writes what comes after all that was written before. @param comment What the document is to say of itself if nothing comes any more: no shorter than before, as it is written over that. */
  append(text: string, comment: string): Promise<void>;
  /** Ends the document. */
  close(comment: string): Promise<void>;
}

/**
 * A file that is a whole document whenever it is not being written: what is new is written over the foot, with a new foot behind it, in one call. It may hold
 * secrets, and is its owner's only (0600) where it is new; what was in it before is gone.
 */
export async function openHarFile(path: string): Promise<HarOutput> {
  return new HarFile(await open(path, 'w', 0o600));
}

class HarFile implements HarOutput {
  readonly #handle: FileHandle;
  /** Where the foot begins, and what it is. */
  #footAt = 0;
  #foot: Buffer = Buffer.alloc(0);

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async append(text: string, comment: string): Promise<void> {
    const body = Buffer.from(text);
    const foot = Buffer.from(documentFoot(comment));
    try {
      await this.#write(Buffer.concat([body, foot]), this.#footAt);
    } catch (error) {
      await this.#restore();
      throw error;
    }
    this.#footAt += body.byteLength;
    this.#foot = foot;
  }

  async close(comment: string): Promise<void> {
    try {
      // After a failure the foot stands as it was restored: what it would say more may not find room.
      if (this.#foot.byteLength > 0) await this.append('', comment);
    } finally {
      await this.#handle.close();
    }
  }

  /** A disk that is full takes a part and says how much; it is the next call that fails. */
  async #write(block: Buffer, at: number): Promise<void> {
    let written = 0;
    while (written < block.byteLength) {
      const { bytesWritten } = await this.#handle.write(block, written, block.byteLength - written, at + written);
      written += bytesWritten;
    }
  }

  /** Puts the foot back where it was: room that the file has already. */
  async #restore(): Promise<void> {
    try {
      await this.#write(this.#foot, this.#footAt);
      await this.#handle.truncate(this.#footAt + this.#foot.byteLength);
    } catch {
      // Told already: by the failure that led here. What is on the disk is for repairHar().
    }
  }
}

/** A stream of the caller's, who ends it: it has its foot when the recorder is closed, and not before. */
export function harStream(stream: Writable): HarOutput {
  // A failure is told to the callback of a write, and as an event too, which would end the process.
  const ignore = (): void => {};
  stream.on('error', ignore);
  const write = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      stream.write(text, (error) => (error === null || error === undefined ? resolve() : reject(error)));
    });
  return {
    append: write,
    close: async (comment) => {
      await write(documentFoot(comment));
      // Not after a failure: its event comes after its callback.
      stream.off('error', ignore);
    },
  };
}
