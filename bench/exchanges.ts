import { bodyOf } from './answers.ts';
import { checkAnswer, type BenchClient } from './client.ts';
import type { Job } from './messages.ts';

/** What a stream's chunks usually are. */
export const CHUNK_BYTES = 65_536;

/** The exchange that a job is about. */
export function exchangeOf(client: BenchClient, { exchange, bodyBytes, answerBytes }: Job): () => Promise<void> {
  switch (exchange) {
    case 'get':
      return () => client.get();
    case 'post': {
      const json = jsonOf(bodyBytes);
      return () => client.post(json);
    }
    case 'upload': {
      const chunk = bodyOf(CHUNK_BYTES);
      return () => client.upload(chunksOf(chunk, bodyBytes));
    }
    default:
      return () => downloadWhole(client, answerBytes);
  }
}

/** JSON text of so many characters. */
export function jsonOf(length: number): string {
  const empty = JSON.stringify({ id: 17, text: '' });
  return JSON.stringify({ id: 17, text: 'x'.repeat(length - empty.length) });
}

/** A body of so many bytes, the same chunk again and again. */
export async function* chunksOf(chunk: Uint8Array, bytes: number): AsyncGenerator<Uint8Array, void> {
  for (let left = bytes; left > 0; left -= chunk.byteLength) yield left < chunk.byteLength ? chunk.subarray(0, left) : chunk;
}

async function downloadWhole(client: BenchClient, bytes: number): Promise<void> {
  let taken = 0;
  const status = await client.download((chunkBytes) => {
    taken += chunkBytes;
    return undefined;
  });
  checkAnswer(status, taken, bytes);
}
