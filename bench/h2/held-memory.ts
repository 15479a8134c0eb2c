import { setTimeout as delay } from 'node:timers/promises';
import { bodyOf, SHORT_TEXT } from '../answers.ts';
import { CHUNK_BYTES } from '../exchanges.ts';
import type { Job, Order, Report } from '../messages.ts';
import { giveMemoryBack, settledRssBytes } from '../resident-memory.ts';
import type { Http2Client } from './http2-client.ts';

/** Connections that are opened at once: more would overrun what the kernel holds for a server that is to accept them. */
const OPENED_AT_ONCE = 100;

/** How long nothing more must have been taken of bodies before that is taken for all. */
const STILL_MS = 500;
const LOOK_EVERY_MS = 50;

type OrderOf<Kind extends Order['kind']> = Extract<Order, { readonly kind: Kind }>;

/** One GET from each, and then nothing: what the idle connections take. */
export async function idleOrigins(client: Http2Client, { urls, before }: OrderOf<'idle-origins'>): Promise<Report> {
  await client.get();
  await getFromEach(client, urls.slice(0, before));
  const beforeBytes = await settledRssBytes(giveMemoryBack);
  await getFromEach(client, urls.slice(before));
  return { kind: 'held', beforeBytes, heldBytes: await settledRssBytes(giveMemoryBack) };
}

async function getFromEach(client: Http2Client, urls: readonly string[]): Promise<void> {
  for (let from = 0; from < urls.length; from += OPENED_AT_ONCE) {
    await Promise.all(urls.slice(from, from + OPENED_AT_ONCE).map((url) => client.getFrom(url)));
  }
}

/** Answers whose heads have come and whose bodies have not: what they take. */
export async function openStreams(client: Http2Client, { streams, before }: OrderOf<'open-streams'>): Promise<Report> {
  // Alone: it opens the connection.
  const first = [await client.open(), ...(await openAll(client, before - 1))];
  const beforeBytes = await settledRssBytes(giveMemoryBack);
  const others = await openAll(client, streams - before);
  const heldBytes = await settledRssBytes(giveMemoryBack);
  if (first.includes(undefined) || others.includes(undefined)) throw new Error('an answer is not kept');
  return { kind: 'held', beforeBytes, heldBytes };
}

function openAll(client: Http2Client, streams: number): Promise<readonly unknown[]> {
  return Promise.all(Array.from({ length: streams }, () => client.open()));
}

/** Uploads of which the server takes nothing: what a client takes from those who upload all the same. */
export async function heldUploads(client: Http2Client, uploads: number, { url, bodyBytes }: Job): Promise<Report> {
  await client.getFrom(new URL(`/${SHORT_TEXT}`, url).href);
  const { promise: failed, reject } = Promise.withResolvers<never>();
  // Those that fail later do so because the process ends.
  failed.catch(() => {});
  const beforeBytes = await settledRssBytes(giveMemoryBack);
  const taken = { bytes: 0 };
  for (let begun = 0; begun < uploads; begun++) {
    client.upload(freshChunks(bodyBytes, taken)).then(() => reject(new Error('an upload that nobody takes has ended')), reject);
  }
  await Promise.race([failed, stillness(taken)]);
  return { kind: 'blocked', beforeBytes, heldBytes: await settledRssBytes(giveMemoryBack), takenBytes: taken.bytes };
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
