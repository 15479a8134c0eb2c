import { promisify } from 'node:util';
import * as zlib from 'node:zlib';

import type { HttpHeaders, HttpRequest } from '@roundtripper/core';

import type { HarContent, HarPostData } from './har-format.ts';
import type { HarRedaction } from './har-redaction.ts';
import type { KeptBytes } from './recorded-body.ts';

/** Which bodies are kept: none, those that are text, or all. */
export type HarBodies = false | 'text' | 'all';

/** How bodies are written. */
export interface BodyPolicy {
  readonly bodies: HarBodies;
  readonly maxBodyBytes: number;
  readonly redaction: HarRedaction;
}

/** Whether a body with these headers is to be kept. */
export function isKept(headers: HttpHeaders, bodies: HarBodies): boolean {
  return bodies === 'all' || (bodies === 'text' && TEXT_TYPE.test(mediaType(headers)));
}

const TEXT_TYPE =
  /^text\/|^application\/(?:json|xml|javascript|ecmascript|x-javascript|x-www-form-urlencoded|graphql|x-ndjson|ndjson|json-seq|yaml|x-yaml|sql|toml)$|\+(?:json|xml|yaml)$/;

/** What is told of a body that was not kept. @param size Bytes that came. */
export function contentWithout(headers: HttpHeaders | undefined, size: number): HarContent {
  return { size, mimeType: headers?.get('content-type') ?? 'x-unknown' };
}

/** The content of a response whose body was kept: what its codings are undone from, as text, or else in base64 where all bodies are to be kept. */
export async function contentOf(headers: HttpHeaders, kept: KeptBytes, policy: BodyPolicy): Promise<HarContent> {
  const without = contentWithout(headers, kept.totalBytes);
  const isWhole = kept.bytes.byteLength === kept.totalBytes;
  const codings = codingsOf(headers);
  const bytes = await decoded(kept.bytes, codings, policy.maxBodyBytes);
  if (bytes === undefined) {
    return { ...without, comment: `not kept: ${codings.join(', ')} could not be undone within maxBodyBytes (${policy.maxBodyBytes})` };
  }
  const text = textOf(bytes, headers, isWhole);
  if (text === undefined && policy.bodies !== 'all') return { ...without, comment: NOT_TEXT };
  return {
    ...without,
    ...(isWhole && codings.length > 0 ? { size: bytes.byteLength, compression: bytes.byteLength - kept.totalBytes } : {}),
    ...(text === undefined
      ? { text: Buffer.from(bytes).toString('base64'), encoding: 'base64' }
      : { text: policy.redaction.body(mediaType(headers), text) }),
    ...(isWhole ? {} : { comment: `of the first ${kept.bytes.byteLength} bytes of ${kept.totalBytes}` }),
  };
}

/** The body of a request whose bytes are at hand; undefined where there is none. One that is streamed is sent, and not kept. */
export function postDataOf({ headers, body }: HttpRequest, policy: BodyPolicy): HarPostData | undefined {
  if (policy.bodies === false || body === undefined) return undefined;
  const without = { mimeType: headers.get('content-type') ?? '', text: '' };
  if (body.bytes === undefined) return { ...without, comment: 'not kept: it was streamed' };
  if (!isKept(headers, policy.bodies) || codingsOf(headers).length > 0) return { ...without, comment: NOT_TEXT };
  const isWhole = body.bytes.byteLength <= policy.maxBodyBytes;
  const sent = textOf(body.bytes.subarray(0, policy.maxBodyBytes), headers, isWhole);
  if (sent === undefined) return { ...without, comment: NOT_TEXT };
  const text = policy.redaction.body(mediaType(headers), sent);
  return { ...without, text, ...(isWhole ? {} : { comment: `the first ${policy.maxBodyBytes} bytes of ${body.bytes.byteLength}` }) };
}

const NOT_TEXT = 'not kept: it is not text, or not in its charset';

function mediaType(headers: HttpHeaders): string {
  return (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** In the order in which they were applied (RFC 9110 §8.4). */
function codingsOf(headers: HttpHeaders): string[] {
  return (headers.get('content-encoding') ?? '')
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
}

/** What was cut off is undone as far as it goes. @returns undefined where it cannot be undone, or not within `maxBytes`. */
async function decoded(bytes: Uint8Array, codings: readonly string[], maxBytes: number): Promise<Uint8Array | undefined> {
  let current = bytes;
  for (const coding of codings.toReversed()) {
    const decode = DECODERS.get(coding);
    if (decode === undefined || codings.length > MAX_CODINGS) return undefined;
    try {
      current = await decode(current, maxBytes);
    } catch {
      // Why does not matter: it is said that it could not be done.
      return undefined;
    }
  }
  return current;
}

/** More than this are an attack, as undici found. */
const MAX_CODINGS = 5;

type Decode = (bytes: Uint8Array, maxOutputLength: number) => Promise<Uint8Array>;

const gunzipped: Decode = (bytes, maxOutputLength) =>
  promisify(zlib.gunzip)(bytes, { finishFlush: zlib.constants.Z_SYNC_FLUSH, maxOutputLength });

const DECODERS: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['gzip', gunzipped],
  ['x-gzip', gunzipped],
  ['deflate', (bytes, maxOutputLength) => promisify(zlib.inflate)(bytes, { finishFlush: zlib.constants.Z_SYNC_FLUSH, maxOutputLength })],
  [
    'br',
    (bytes, maxOutputLength) =>
      promisify(zlib.brotliDecompress)(bytes, { finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH, maxOutputLength }),
  ],
  [
    'zstd',
    // Node has it from 22.15 on: not by its name, which would fail the import.
    (bytes, maxOutputLength) => promisify(zlib.zstdDecompress)(bytes, { finishFlush: zlib.constants.ZSTD_e_flush, maxOutputLength }),
  ],
]);

/** @returns undefined where it is not text in the charset that it declares, or in UTF-8. */
function textOf(bytes: Uint8Array, headers: HttpHeaders, isWhole: boolean): string | undefined {
  const charset = CHARSET.exec(headers.get('content-type') ?? '')?.[1] ?? 'utf-8';
  try {
    // What was cut off may end within a character.
    return new TextDecoder(charset, { fatal: true }).decode(bytes, { stream: !isWhole });
  } catch {
    return undefined;
  }
}

const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]+)/i;
