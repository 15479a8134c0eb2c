import type { Readable } from 'node:stream';
import type { TakeChunk } from '../client.ts';

/** Reads a stream by its 'data' events, the fastest way there is, and pauses it where the reader wants that. */
export function readStream(stream: Readable, take: TakeChunk): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      const wait = take(chunk.byteLength);
      if (wait === undefined) return;
      stream.pause();
      void wait.then(() => stream.resume());
    });
    stream.on('end', resolve);
    stream.on('error', reject);
  });
}
