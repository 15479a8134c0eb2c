import { USER_AGENT } from '../contract/message-rules.ts';
import { shown } from '../contract/field-syntax.ts';
import type { HttpHeaders } from '../contract/http-headers.ts';
import type { TunnelReply } from '../contract/tunnel.ts';
import type { ResponseLimits } from '../h1/http1-options.ts';
import { ResponseReader, type ResponseHead } from '../h1/response-reader.ts';
import type { Wire } from '../wire/wire.ts';
import { proxyFailed, proxyRefused } from './proxy-error.ts';
import { WireReader } from './wire-reader.ts';

/** What is asked of an HTTP proxy. */
export interface TunnelRequest {
  /** Where to, like `example.com:443`. */
  readonly target: string;
  /** What the caller adds. */
  readonly headers: HttpHeaders;
  /** The value of `Proxy-Authorization`; wins over what `headers` have. */
  readonly authorization: string | undefined;
}

/**
 * Asks an HTTP proxy for a tunnel (RFC 9110 §9.3.6). Not a byte that is for the origin is written here, nor anywhere before this has passed.
 * @param limits Of the proxy's answer. @param judge Sees it before it is looked at here. @returns its status.
 * @throws ProxyError for any answer but 200, as in Go; what `judge` throws.
 */
export async function connectTunnel(
  wire: Wire,
  request: TunnelRequest,
  limits: ResponseLimits,
  judge: (reply: TunnelReply) => void | Promise<void>,
): Promise<number> {
  const reader = new WireReader(wire);
  wire.write(tunnelHead(request));
  const { reply, hasMore } = await readReply(reader, limits);
  await judge(reply);
  if (reply.status !== 200) {
    throw proxyRefused(`it answered ${reply.status} ${shown(reply.statusText)}: expected 200`, { status: reply.status });
  }
  if (hasMore) throw proxyFailed('it sent more than its answer before the origin was spoken to', { status: reply.status });
  reader.finish();
  return reply.status;
}

/** Those that are ours to say, or that a CONNECT, which has no content, has not. */
const WRITTEN_HERE: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding', 'trailer', 'te', 'expect', 'upgrade']);

function tunnelHead({ target, headers, authorization }: TunnelRequest): string {
  let head = `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n`;
  if (!headers.has('user-agent')) head += `User-Agent: ${USER_AGENT}\r\n`;
  headers.visit((name, lowerName, value) => {
    const isOurs = WRITTEN_HERE.has(lowerName) || (authorization !== undefined && lowerName === 'proxy-authorization');
    if (!isOurs) head += `${name}: ${value}\r\n`;
  });
  if (authorization !== undefined) head += `Proxy-Authorization: ${authorization}\r\n`;
  return `${head}\r\n`;
}

/** @returns the head of the answer, and whether bytes follow it. What body a refusal has nobody reads. */
async function readReply(reader: WireReader, limits: ResponseLimits): Promise<{ readonly reply: TunnelReply; readonly hasMore: boolean }> {
  const heads: ResponseHead[] = [];
  const receiver = { onInterim() {}, onHead: (head: ResponseHead) => void heads.push(head), onBody() {}, onComplete() {} };
  const parser = new ResponseReader(receiver, limits);
  parser.begin('CONNECT');
  for (;;) {
    const bytes = await reader.some();
    const end = fed(parser, bytes);
    const [head] = heads;
    if (head !== undefined) return { reply: head, hasMore: end < bytes.length };
  }
}

function fed(parser: ResponseReader, bytes: Buffer): number {
  try {
    return parser.feed(bytes, 0, bytes.length);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw proxyFailed(`its answer is not HTTP as it should be: ${message}`, { cause: error });
  }
}
