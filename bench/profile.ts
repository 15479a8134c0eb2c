import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchServer } from './bench-server.ts';
import type { ClientName } from './client-names.ts';
import { UsageError } from './flags.ts';
import { jobFor } from './measure.ts';
import type { PartName } from './parts.ts';
import { startClient, type Place } from './place.ts';
import { topFiles, topFunctions, type CpuProfile, type SelfTime } from './top-functions.ts';
import { isWorkName, WORKS } from './works.ts';
import { textTable, type Table } from './table.ts';

const FOLDER = join(import.meta.dirname, '../.cache/bench');
const WARM_UP_MS = 2_000;
const PROFILED_MS = 3_000;
const SHOWN_FUNCTIONS = 25;
const SHOWN_FILES = 15;

/** Profiles a client at a work, leaves the profile in a file for the tools that read such, and says in which functions the time went. */
export async function profileClient(client: ClientName, part: PartName, server: BenchServer, place: Place): Promise<string> {
  if (!isWorkName(part)) throw new UsageError(`--profile: there is nothing to profile in --work ${part}`);
  place.onProgress(`${part}: profiling ${client}`);
  await mkdir(FOLDER, { recursive: true });
  const file = join(FOLDER, `${client.replaceAll(/\W/g, '-')}-${part}.cpuprofile`);
  await using child = await startClient(jobFor(client, WORKS[part], server), place);
  await child.ask({ kind: 'warm-up', forMs: WARM_UP_MS }, 'warmed-up');
  await child.ask({ kind: 'profile', forMs: PROFILED_MS, file }, 'done');
  // oxlint-disable-next-line typescript/consistent-type-assertions -- profile-to.ts has just written it
  const profile = JSON.parse(await readFile(file, 'utf8')) as CpuProfile;
  const title = `${client}, ${WORKS[part].title}`;
  return [
    textTable(selfTimes(`${title}: functions`, topFunctions(profile, SHOWN_FUNCTIONS))),
    textTable(selfTimes(`${title}: files`, topFiles(profile, SHOWN_FILES))),
    `The profile is in ${file}\n`,
  ].join('\n\n');
}

function selfTimes(title: string, times: readonly SelfTime[]): Table {
  return { title, headings: ['in itself', 'share'], rows: times.map(({ name, share }) => [name, `${(share * 100).toFixed(1)} %`]) };
}
