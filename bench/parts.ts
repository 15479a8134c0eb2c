import { CLIENT_NAMES, type ClientName } from './client-list.ts';
import { SIZE_NAMES, type SizeName } from './answers.ts';
import { isWorkName, WORK_NAMES, WORKS, type Work, type WorkName } from './works.ts';

/** What a run consists of. */
export type PartName = WorkName | 'slow' | 'idle' | 'tls-idle' | 'cost';

/** In the order they are measured and shown. */
export const PART_NAMES: readonly PartName[] = [...WORK_NAMES, 'slow', 'idle', 'tls-idle', 'cost'];

/** Names for several parts. Each part's own name is good, too. */
export const GROUP_NAMES = ['get', 'post', 'upload', 'tls', 'download', 'slow', 'idle', 'cost'] as const;

/** The parts that a name stands for; none where it is unknown. */
export function partsNamed(name: string): readonly PartName[] {
  return PART_NAMES.filter((part) => part === name || groupOf(part) === name);
}

/** The parts with a body of this size. */
export function partsOfSize(parts: readonly PartName[], size: SizeName): readonly PartName[] {
  return parts.filter((part) => sizeOf(part) === size);
}

/** got and axios are on node:http and cost more than it does at every work: how much more is shown once. */
export function defaultClients(part: PartName): readonly ClientName[] {
  if (groupOf(part) === 'get') return CLIENT_NAMES;
  const few = CLIENT_NAMES.filter((client) => client !== 'got' && client !== 'axios');
  // Node 26.10 hangs sooner or later (tried: after 70 to 800 uploads): the last 'drain' does not come.
  if (part === 'tls-upload-1m') return few.filter((client) => client !== 'node:http');
  return groupOf(part) === 'idle' ? few.filter((client) => client !== 'undici.request' && client !== 'fetch') : few;
}

export function groupOf(part: PartName): string {
  const work = workOf(part);
  if (work !== undefined) return work.group;
  return part === 'tls-idle' ? 'idle' : part;
}

function sizeOf(part: PartName): SizeName | undefined {
  return SIZE_NAMES.find((size) => size === workOf(part)?.size);
}

function workOf(part: PartName): Work | undefined {
  return isWorkName(part) ? WORKS[part] : undefined;
}
