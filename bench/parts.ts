import type { SizeName } from './answers.ts';
import { HTTP1_CLIENT_NAMES, HTTP2_CLIENT_NAMES, type ClientName } from './client-names.ts';
import { isWorkName, WORK_NAMES, WORKS, type Work, type WorkName } from './works.ts';

/** What a run consists of. */
export type PartName =
  | WorkName
  | 'slow'
  | 'idle'
  | 'tls-idle'
  | 'cost'
  | 'h2c-blocked'
  | 'h2c-open'
  | 'h2c-idle'
  | 'h2-idle'
  | CachePartName;

type CachePartName = 'cache-hit-1k' | 'cache-hit-64k' | 'cache-miss' | 'cache-many' | 'cache-memory';

/** The parts that are shown together, and whose figures are written on the page together. */
export type SectionName = 'http1' | 'http2' | 'cache';

const PARTS: Readonly<Record<SectionName, readonly PartName[]>> = {
  http1: [...WORK_NAMES.filter((name) => WORKS[name].protocol === 'http/1.1'), 'slow', 'idle', 'tls-idle', 'cost'],
  http2: [...WORK_NAMES.filter((name) => WORKS[name].protocol === 'h2'), 'h2c-blocked', 'h2c-open', 'h2c-idle', 'h2-idle'],
  cache: ['cache-hit-1k', 'cache-hit-64k', 'cache-miss', 'cache-many', 'cache-memory'],
};

/** In the order they are measured and shown. */
export const SECTION_NAMES: readonly SectionName[] = ['http1', 'http2', 'cache'];

/** In the order they are measured and shown. */
export const PART_NAMES: readonly PartName[] = SECTION_NAMES.flatMap((section) => PARTS[section]);

/** Names for several parts. Each part's own name is good, too. */
export const GROUP_NAMES = [
  'http1',
  'http2',
  'get',
  'post',
  'upload',
  'tls',
  'download',
  'slow',
  'idle',
  'cost',
  'h2-get',
  'h2-streams',
  'h2-upload',
  'h2-memory',
  'cache',
  'cache-hit',
] as const;

const MEMORY_PARTS: ReadonlySet<PartName> = new Set(['h2c-blocked', 'h2c-open', 'h2c-idle', 'h2-idle']);

/** The parts that a name stands for; none where it is unknown. */
export function partsNamed(name: string): readonly PartName[] {
  return PART_NAMES.filter((part) => part === name || groupOf(part) === name || sectionOf(part) === name);
}

/** The parts with a body of this size. */
export function partsOfSize(parts: readonly PartName[], size: SizeName): readonly PartName[] {
  return parts.filter((part) => sizeOf(part) === size);
}

export function partsOfSection(section: SectionName): readonly PartName[] {
  return PARTS[section];
}

export function sectionOf(part: PartName): SectionName {
  const found = SECTION_NAMES.find((section) => PARTS[section].includes(part));
  if (found === undefined) throw new Error(`${part} is of no section`);
  return found;
}

/** Those of the clients that can do a part, in the order they are measured and shown. */
export function clientsAble(part: PartName, clients: readonly ClientName[]): readonly ClientName[] {
  return ableAt(part).filter((client) => clients.includes(client));
}

/** Those that are measured at a part where nothing else is asked for. */
export function defaultClients(part: PartName): readonly ClientName[] {
  if (sectionOf(part) === 'http1') return defaultHttp1Clients(part);
  return ableAt(part);
}

export function groupOf(part: PartName): string {
  const work = workOf(part);
  if (work !== undefined) return work.group;
  if (MEMORY_PARTS.has(part)) return 'h2-memory';
  if (hitSizeOf(part) !== undefined) return 'cache-hit';
  return part === 'tls-idle' ? 'idle' : part;
}

/** Whether it is HTTP/2 without TLS, which not everybody speaks. */
export function isH2c(part: PartName): boolean {
  return part.startsWith('h2c-');
}

/** The size of the body of what a cache has stored, where that is what is measured. */
function hitSizeOf(part: PartName): SizeName | undefined {
  if (part === 'cache-hit-1k') return '1k';
  return part === 'cache-hit-64k' ? '64k' : undefined;
}

/** h2load measures itself, and reads nothing but whole answers; fetch speaks HTTP/2 where TLS has agreed on it. Caches are clients of their own. */
function ableAt(part: PartName): readonly ClientName[] {
  const section = sectionOf(part);
  if (section === 'cache') return [];
  if (section === 'http1') return HTTP1_CLIENT_NAMES;
  const isWork = workOf(part) !== undefined;
  return HTTP2_CLIENT_NAMES.filter((client) => {
    if (client === 'h2load') return isWork;
    return client === 'fetch' ? part === 'h2-get-1k' || part === 'h2-get-64k' : true;
  });
}

/** got and axios are on node:http and cost more than it does at every work: how much more is shown once. */
function defaultHttp1Clients(part: PartName): readonly ClientName[] {
  if (groupOf(part) === 'get') return HTTP1_CLIENT_NAMES;
  const few = HTTP1_CLIENT_NAMES.filter((client) => client !== 'got' && client !== 'axios');
  // Node 26.10 hangs sooner or later (tried: after 70 to 800 uploads): the last 'drain' does not come.
  if (part === 'tls-upload-1m') return few.filter((client) => client !== 'node:http');
  return groupOf(part) === 'idle' ? few.filter((client) => client !== 'undici.request' && client !== 'fetch') : few;
}

function sizeOf(part: PartName): SizeName | undefined {
  return workOf(part)?.size ?? hitSizeOf(part);
}

function workOf(part: PartName): Work | undefined {
  return isWorkName(part) ? WORKS[part] : undefined;
}
