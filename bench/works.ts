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

/** Exchanges, again and again, that are measured by what each costs. */
export interface Work {
  readonly group: 'get' | 'post' | 'upload' | 'tls' | 'download';
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
] as const;

export type WorkName = (typeof WORK_NAMES)[number];

export const WORKS: Readonly<Record<WorkName, Work>> = {
  'get-1k': { group: 'get', exchange: 'get', size: '1k', isTls: false, concurrency: MANY, title: 'GET, body of 1 KiB as text' },
  'get-64k': { group: 'get', exchange: 'get', size: '64k', isTls: false, concurrency: MANY, title: 'GET, body of 64 KiB as text' },
  'post-1k': { group: 'post', exchange: 'post', size: '1k', isTls: false, concurrency: MANY, title: 'POST, 1 KiB of JSON' },
  'upload-1m': { group: 'upload', exchange: 'upload', size: '1m', isTls: false, concurrency: FEW, title: 'POST, 1 MiB streamed' },
  'tls-get-1k': { group: 'tls', exchange: 'get', size: '1k', isTls: true, concurrency: MANY, title: 'GET over TLS, body of 1 KiB as text' },
  'tls-get-64k': {
    group: 'tls',
    exchange: 'get',
    size: '64k',
    isTls: true,
    concurrency: MANY,
    title: 'GET over TLS, body of 64 KiB as text',
  },
  'tls-post-1k': { group: 'tls', exchange: 'post', size: '1k', isTls: true, concurrency: MANY, title: 'POST over TLS, 1 KiB of JSON' },
  'tls-upload-1m': { group: 'tls', exchange: 'upload', size: '1m', isTls: true, concurrency: FEW, title: 'POST over TLS, 1 MiB streamed' },
  'download-1m': { group: 'download', exchange: 'download', size: '1m', isTls: false, concurrency: FEW, title: 'GET, 1 MiB streamed' },
  'download-1g': { group: 'download', exchange: 'download', size: '1g', isTls: false, concurrency: 1, title: 'GET, 1 GiB streamed' },
};

export function isWorkName(name: string): name is WorkName {
  return Object.hasOwn(WORKS, name);
}
