import { connect, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { Readable } from 'node:stream';
import type { Target } from '../../client.ts';
import type { Http2Client } from '../http2-client.ts';

/**
 * Windows that do not run empty: with those that it has by itself a GET of 64 KiB takes twice the CPU time. Collecting chunks and decoding them once is as
 * fast as `setEncoding`, or faster.
 */
const STREAM_WINDOW_BYTES = 1_048_576;
const CONNECTION_WINDOW_BYTES = 16_777_216;

/** `node:http2` used directly, with care: one session, kept, and a stream for each request. */
export function openNodeHttp2({ url, bodyBytes, check }: Target): Http2Client {
  const { origin, pathname } = new URL(url);
  const sessions = new Map<string, ClientHttp2Session>();
  const sessionTo = (to: string): ClientHttp2Session => {
    const there = sessions.get(to) ?? openSession(to);
    sessions.set(to, there);
    return there;
  };
  const session = sessionTo(origin);
  const uploadHeaders = { ':method': 'POST', ':path': pathname, 'content-length': bodyBytes };
  return {
    get: () => receive(session, { ':path': pathname }, check),
    getFrom: (from) => receive(sessionTo(new URL(from).origin), { ':path': new URL(from).pathname }, check),
    upload: (chunks) =>
      new Promise((resolve, reject) => {
        const stream = session.request(uploadHeaders);
        collect(stream, check, { resolve, reject });
        Readable.from(chunks).on('error', reject).pipe(stream);
      }),
    open: () =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ':path': pathname });
        stream.on('response', () => resolve(stream));
        stream.on('error', reject);
      }),
    close: async () => {
      for (const each of sessions.values()) each.destroy();
    },
  };
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function openSession(origin: string): ClientHttp2Session {
  const session = connect(origin, { settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES } });
  session.once('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
  // The streams tell of it, too.
  session.on('error', () => {});
  return session;
}

function receive(session: ClientHttp2Session, headers: OutgoingHttpHeaders, check: Target['check']): Promise<void> {
  return new Promise((resolve, reject) => {
    collect(session.request(headers), check, { resolve, reject });
  });
}

function collect(stream: ClientHttp2Stream, check: Target['check'], { resolve, reject }: Waiter): void {
  const chunks: Buffer[] = [];
  let status = 0;
  stream.on('response', (head: IncomingHttpHeaders) => {
    status = Number(head[':status']);
  });
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => {
    const [first, second] = chunks;
    const body = first !== undefined && second === undefined ? first : Buffer.concat(chunks);
    try {
      check(status, body.toString('utf8'));
      resolve();
    } catch (error) {
      reject(error);
    }
  });
  stream.on('error', reject);
}
