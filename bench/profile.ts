import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientName } from './client-list.ts';
import { UsageError } from './flags.ts';
import { jobFor } from './measure.ts';
import type { PartName } from './parts.ts';
import { startClient, type Place, type RunningServer } from './place.ts';
import { topFunctions, type CpuProfile } from './top-functions.ts';
import { isWorkName, WORKS } from './works.ts';
import { textTable } from './table.ts';

const FOLDER = join(import.meta.dirname, '../.cache/bench');
const WARM_UP_MS = 2_000;
const PROFILED_MS = 3_000;
const SHOWN = 30;

/** Profiles a client at a work, leaves the profile in a file for the tools that read such, and says in which functions the time went. */
export async function profileClient(client: ClientName, part: PartName, server: RunningServer, place: Place): Promise<string> {
  if (!isWorkName(part)) throw new UsageError(`--profile: there is nothing to profile in --work ${part}`);
  place.onProgress(`${part}: profiling ${client}`);
  await mkdir(FOLDER, { recursive: true });
  const file = join(FOLDER, `${client.replaceAll(/\W/g, '-')}-${part}.cpuprofile`);
  await using child = await startClient(jobFor(client, WORKS[part], server), place);
  await child.ask({ kind: 'warm-up', forMs: WARM_UP_MS }, 'warmed-up');
  await child.ask({ kind: 'profile', forMs: PROFILED_MS, file }, 'done');
  // oxlint-disable-next-line typescript/consistent-type-assertions -- profile-to.ts has just written it
  const profile = JSON.parse(await readFile(file, 'utf8')) as CpuProfile;
  const rows = topFunctions(profile, SHOWN).map(({ share, name, place: at }) => [`${(share * 100).toFixed(1)} %`, name, at]);
  return `${textTable({ title: `${client}, ${WORKS[part].title}`, note: file, headings: ['self', 'function', 'in'], rows })}\n`;
}
