import { setTimeout as delay } from 'node:timers/promises';
import { bodyOf, SHORT_TEXT } from '../answers.ts';
import { CHUNK_BYTES } from '../exchanges.ts';
import type { Job, Report } from '../messages.ts';
import { settledRssBytes } from '../resident-memory.ts';
import type { Http2Client } from './http2-client.ts';

/** Connections that are opened at once: more would overrun what the kernel holds for a server that is to accept them. */
const OPENED_AT_ONCE = 100;

/** How long nothing more must have been taken of bodies before that is taken for all. */
const STILL_MS = 500;
const LOOK_EVERY_MS = 50;

/** One GET from each, and then nothing: what the idle connections take. */
export async function idleOrigins(client: Http2Client, urls: readonly string[]): Promise<Report> {
  await client.get();
  const beforeBytes = await settledRssBytes();
  for (let from = 0; from < urls.length; from += OPENED_AT_ONCE) {
    await Promise.all(urls.slice(from, from + OPENED_AT_ONCE).map((url) => client.getFrom(url)));
  }
  return { kind: 'held', beforeBytes, heldBytes: await settledRssBytes() };
}

/** Answers whose heads have come and whose bodies have not: what they take. */
export async function openStreams(client: Http2Client, streams: number): Promise<Report> {
  const first = await client.open();
  const beforeBytes = await settledRssBytes();
  const answers = await Promise.all(Array.from({ length: streams - 1 }, () => client.open()));
  const heldBytes = await settledRssBytes();
  if (first === undefined || answers.includes(undefined)) throw new Error('an answer is not kept');
  return { kind: 'held', beforeBytes, heldBytes };
}

/** Uploads of which the server takes nothing: what a client takes from those who upload all the same. */
export async function heldUploads(client: Http2Client, uploads: number, { url, bodyBytes }: Job): Promise<Report> {
  await client.getFrom(new URL(`/${SHORT_TEXT}`, url).href);
  const { promise: failed, reject } = Promise.withResolvers<never>();
  // Those that fail later do so because the process ends.
  failed.catch(() => {});
  const beforeBytes = await settledRssBytes();
  const taken = { bytes: 0 };
  for (let begun = 0; begun < uploads; begun++) {
    client.upload(freshChunks(bodyBytes, taken)).then(() => reject(new Error('an upload that nobody takes has ended')), reject);
  }
  await Promise.race([failed, stillness(taken)]);
  return { kind: 'blocked', beforeBytes, heldBytes: await settledRssBytes(), takenBytes: taken.bytes };
}

/** Each a buffer of its own: whoever holds it has its memory. */
async function* freshChunks(bytes: number, taken: { bytes: number }): AsyncGenerator<Uint8Array, void> {
  for (let left = bytes; left > 0; left -= CHUNK_BYTES) {
    const chunk = bodyOf(Math.min(left, CHUNK_BYTES));
    taken.bytes += chunk.byteLength;
    yield chunk;
  }
}

async function stillness(taken: { readonly bytes: number }): Promise<void> {
  let last = taken.bytes;
  for (let stillMs = 0; stillMs < STILL_MS; stillMs += LOOK_EVERY_MS) {
    await delay(LOOK_EVERY_MS);
    if (taken.bytes !== last || last === 0) stillMs = 0;
    last = taken.bytes;
  }
}
