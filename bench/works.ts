import type { SizeName } from './answers.ts';

/** What is done in one exchange. */
export type Exchange =
  /** The body as text. */
  | 'get'
  /** JSON text of one kibibyte or more, at hand. */
  | 'post'
  /** A body that comes in chunks. */
  | 'upload'
  /** The body taken chunk by chunk. */
  | 'download';

/** What is spoken. Over HTTP/2 all requests share one connection. */
export type Protocol = 'http/1.1' | 'h2';

/** Exchanges, again and again, that are measured by what each costs. */
export interface Work {
  readonly group: 'get' | 'post' | 'upload' | 'tls' | 'download' | 'h2-get' | 'h2-streams' | 'h2-upload';
  readonly protocol: Protocol;
  readonly exchange: Exchange;
  /** Of the body of the answer, or of the request where that has one. */
  readonly size: SizeName;
  readonly isTls: boolean;
  /** Requests in flight: large bodies need few to keep a CPU busy. */
  readonly concurrency: number;
  readonly title: string;
}

const MANY = 50;
const FEW = 8;
const VERY_MANY = 1_000;

/** In the order they are measured and shown. */
export const WORK_NAMES = [
  'get-1k',
  'get-64k',
  'post-1k',
  'upload-1m',
  'tls-get-1k',
  'tls-get-64k',
  'tls-post-1k',
  'tls-upload-1m',
  'download-1m',
  'download-1g',
  'h2-get-1k',
  'h2-get-64k',
  'h2c-get-1k',
  'h2c-get-64k',
  'h2-streams',
  'h2-upload-1m',
  'h2c-upload-1m',
] as const;

export type WorkName = (typeof WORK_NAMES)[number];

const GET = { exchange: 'get', concurrency: MANY } as const;
const POST = { exchange: 'post', size: '1k', concurrency: MANY } as const;
const UPLOAD = { exchange: 'upload', size: '1m', concurrency: FEW } as const;

const PLAIN = { protocol: 'http/1.1', isTls: false } as const;
const TLS = { protocol: 'http/1.1', isTls: true } as const;
const H2 = { protocol: 'h2', isTls: true } as const;
/** By prior knowledge. */
const H2C = { protocol: 'h2', isTls: false } as const;

export const WORKS: Readonly<Record<WorkName, Work>> = {
  'get-1k': { ...PLAIN, ...GET, group: 'get', size: '1k', title: 'GET, body of 1 KiB as text' },
  'get-64k': { ...PLAIN, ...GET, group: 'get', size: '64k', title: 'GET, body of 64 KiB as text' },
  'post-1k': { ...PLAIN, ...POST, group: 'post', title: 'POST, 1 KiB of JSON' },
  'upload-1m': { ...PLAIN, ...UPLOAD, group: 'upload', title: 'POST, 1 MiB streamed' },
  'tls-get-1k': { ...TLS, ...GET, group: 'tls', size: '1k', title: 'GET over TLS, body of 1 KiB as text' },
  'tls-get-64k': { ...TLS, ...GET, group: 'tls', size: '64k', title: 'GET over TLS, body of 64 KiB as text' },
  'tls-post-1k': { ...TLS, ...POST, group: 'tls', title: 'POST over TLS, 1 KiB of JSON' },
  'tls-upload-1m': { ...TLS, ...UPLOAD, group: 'tls', title: 'POST over TLS, 1 MiB streamed' },
  'download-1m': { ...PLAIN, group: 'download', exchange: 'download', size: '1m', concurrency: FEW, title: 'GET, 1 MiB streamed' },
  'download-1g': { ...PLAIN, group: 'download', exchange: 'download', size: '1g', concurrency: 1, title: 'GET, 1 GiB streamed' },
  'h2-get-1k': { ...H2, ...GET, group: 'h2-get', size: '1k', title: 'HTTP/2 over TLS: GET, body of 1 KiB as text' },
  'h2-get-64k': { ...H2, ...GET, group: 'h2-get', size: '64k', title: 'HTTP/2 over TLS: GET, body of 64 KiB as text' },
  'h2c-get-1k': { ...H2C, ...GET, group: 'h2-get', size: '1k', title: 'HTTP/2 without TLS: GET, body of 1 KiB as text' },
  'h2c-get-64k': { ...H2C, ...GET, group: 'h2-get', size: '64k', title: 'HTTP/2 without TLS: GET, body of 64 KiB as text' },
  'h2-streams': {
    ...H2,
    exchange: 'get',
    concurrency: VERY_MANY,
    group: 'h2-streams',
    size: '1k',
    title: 'HTTP/2 over TLS: GET, body of 1 KiB as text, 1000 streams at a time',
  },
  'h2-upload-1m': { ...H2, ...UPLOAD, group: 'h2-upload', title: 'HTTP/2 over TLS: POST, 1 MiB streamed, windows of 64 KiB' },
  'h2c-upload-1m': { ...H2C, ...UPLOAD, group: 'h2-upload', title: 'HTTP/2 without TLS: POST, 1 MiB streamed, windows of 64 KiB' },
};

export function isWorkName(name: string): name is WorkName {
  return Object.hasOwn(WORKS, name);
}
