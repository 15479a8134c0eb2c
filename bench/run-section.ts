import type { BenchServer } from './bench-server.ts';
import type { Flags } from './flags.ts';
import { startNghttpd } from './h2/nghttpd.ts';
import { sectionOf, type SectionName } from './parts.ts';
import { startServer, type Place } from './place.ts';
import { profileClient } from './profile.ts';
import type { Result } from './result.ts';
import { runPart } from './run-part.ts';

/** What came out of the parts of one section. */
export interface SectionResults {
  readonly section: SectionName;
  readonly results: readonly Result[];
  /** As {@link BenchServer.version}. */
  readonly serverVersion: string | undefined;
  readonly tookMs: number;
}

/** Measures those parts of a section that are asked for. @returns undefined where there are none, or no server for them. */
export async function runSection(section: SectionName, flags: Flags, place: Place): Promise<SectionResults | undefined> {
  const parts = flags.parts.filter((part) => sectionOf(part) === section);
  await using server = parts.length === 0 ? undefined : await startFor(section, place);
  if (server === undefined) return undefined;
  const startedMs = performance.now();
  const results: Result[] = [];
  for (const part of parts) results.push(await runPart(part, flags, server, place));
  return { section, results, serverVersion: server.version, tookMs: performance.now() - startedMs };
}

/** As {@link runSection}, profiling a client at each part. @returns what is to be shown. */
export async function profileSection(section: SectionName, { parts, profile }: Flags, place: Place): Promise<readonly string[]> {
  const asked = parts.filter((part) => sectionOf(part) === section);
  await using server = asked.length === 0 ? undefined : await startFor(section, place);
  if (server === undefined || profile === undefined) return [];
  const shown: string[] = [];
  for (const part of asked) shown.push(await profileClient(profile, part, server, place));
  return shown;
}

function startFor(section: SectionName, place: Place): Promise<BenchServer | undefined> {
  return section === 'http2' ? startNghttpd(place) : startServer(place);
}
