import { open } from 'node:fs/promises';

import { HttpRequest, proxyFromEnvironment, type TransportOptions } from '@roundtripper/core';

import { LIMITS } from './limits.ts';
import type { Plan, RequestData } from './plan.ts';

/** What a plan comes to once it is seen together with the environment and the file that is to be sent. */
export interface Prepared {
  /** Sent as often as asked for. */
  readonly request: HttpRequest;
  readonly transportOptions: TransportOptions;
}

/**
 * The request and the options of its Transport.
 * @throws TypeError in one line that says what of the plan cannot be used; it holds no header value and no userinfo.
 */
export async function prepare(plan: Plan, env: Readonly<Record<string, string | undefined>>, userAgent: string): Promise<Prepared> {
  const { url } = new HttpRequest(plan.url);
  const body = plan.data === undefined ? undefined : await bytesOf(plan.data);
  const request = new HttpRequest(plan.url, {
    method: plan.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: headersOf(plan, url, userAgent),
    body,
  });
  if (request.method === 'CONNECT') throw new TypeError('-X CONNECT: opens a tunnel, and has no answer to be timed');
  return { request, transportOptions: transportOptionsOf(plan, env) };
}

/** What is sent unless -H says otherwise; userinfo as curl sends it. */
function headersOf(plan: Plan, url: URL, userAgent: string): readonly (readonly [string, string])[] {
  const given = new Set(plan.headers.map(([name]) => name.toLowerCase()));
  const defaults: (readonly [string, string])[] = [
    ['User-Agent', userAgent],
    ['Accept', '*/*'],
  ];
  if (url.username !== '' || url.password !== '') defaults.push(['Authorization', basicCredentials(url)]);
  if (plan.data !== undefined) defaults.push(['Content-Type', 'application/x-www-form-urlencoded']);
  const kept = defaults.filter(([name]) => !given.has(name.toLowerCase()));
  return [...kept, ...plan.headers.filter(([, value]) => value !== '')];
}

/** RFC 7617 §2, with UTF-8. */
function basicCredentials({ username, password }: URL): string {
  return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A `%` that encodes nothing stands for itself.
    return text;
  }
}

async function bytesOf(data: RequestData): Promise<string | Uint8Array> {
  if (data.kind === 'text') return data.text;
  const bytes = await contentOf(data.path);
  if (bytes.byteLength > LIMITS.dataBytes) throw new TypeError(`-d: the file has more than ${LIMITS.dataBytes} bytes`);
  return bytes;
}

/** No more of it than shows that it is too large: it may be a device that has no end. */
async function contentOf(path: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  try {
    const file = await open(path);
    const stream: AsyncIterable<Buffer> = file.createReadStream({ end: LIMITS.dataBytes });
    for await (const chunk of stream) chunks.push(chunk);
  } catch (error) {
    throw new TypeError(`-d: the file cannot be read: ${systemCode(error)}`, { cause: error });
  }
  return Buffer.concat(chunks);
}

/** Like `ENOENT`: the rest of such a message is the path, which the user knows. */
export function systemCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}

function transportOptionsOf(plan: Plan, env: Readonly<Record<string, string | undefined>>): TransportOptions {
  return {
    disableKeepAlives: !plan.keepsAlive,
    // As many as there are requests at a time: connections are not to be closed for a limit that the server's operator knows nothing of.
    maxIdleConns: Math.max(100, plan.concurrency),
    tls: plan.isInsecure ? { rejectUnauthorized: false } : {},
    protocols: protocolsOf(plan.protocol),
    proxy: plan.proxy.kind === 'environment' ? proxyFromEnvironment(env) : proxyUrl(plan.proxy),
    socketPath: plan.unixPath,
  };
}

function proxyUrl(proxy: Exclude<Plan['proxy'], { kind: 'environment' }>): string | undefined {
  return proxy.kind === 'url' ? proxy.url : undefined;
}

/** With `http2` alone it is spoken without TLS, too, by prior knowledge. */
function protocolsOf(protocol: Plan['protocol']): NonNullable<TransportOptions['protocols']> {
  if (protocol === 'http2') return { http1: false, http2: true, unencryptedHttp2: true };
  return { http1: true, http2: protocol === 'any' };
}
