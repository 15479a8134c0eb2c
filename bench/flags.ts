import { parseArgs } from 'node:util';
import { isSizeName, SIZE_NAMES } from './answers.ts';
import { CLIENT_NAMES, isClientName, type ClientName } from './client-names.ts';
import type { EffortName } from './efforts.ts';
import {
  clientsAble,
  GROUP_NAMES,
  PART_NAMES,
  partsNamed,
  partsOfSection,
  partsOfSize,
  SECTION_NAMES,
  sectionOf,
  type PartName,
  type SectionName,
} from './parts.ts';

export const USAGE: string = `Usage: npm run bench -- [flags]

Measures what HTTP/1.1 and HTTP/2 cost with this library's Transport and with other clients, side by side: CPU time, throughput, memory;
and what its cache costs, beside other caches.

  --work <a,b>        only these: ${GROUP_NAMES.join(', ')};
                      or, more finely, ${PART_NAMES.join(', ')}
  --size <size>       only work with this body: ${SIZE_NAMES.join(', ')}
  --clients <a,b>     only these: ${CLIENT_NAMES.join(', ')};
                      none of them is a cache, so not --work cache
  --concurrency <n>   requests in flight (default 50; 8 for bodies of 1 MiB, 1 for 1 GiB)
  --connections <n>   idle connections (default 10000, a fifth of that over TLS, a tenth over HTTP/2, a twentieth over both)
  --launches <n>      how often every client's process is started afresh (default 1; 3 for a GET of 1 KiB, and for memory over HTTP/2)
  --rounds <n>        rounds in each launch, each with one window for every client (default 3)
  --full              longer, for figures to be quoted: more launches and warm-up, about a quarter of an hour
                      for http1, ten minutes for http2, twelve for cache
  --quick             shorter, for a look that it works: its figures are rough
  --profile <client>  no figures: a CPU profile of this client at each work (default get-1k, or h2-get-1k where the client is for HTTP/2 only), and what it
                      spent its time in
  --json              print the results as JSON
  --markdown          print them as docs/performance.md has them
  --page              write them there, in the place of those that it has: all of ${SECTION_NAMES.join(', or all of ')}, or of several
  --help              print this`;

export interface Flags {
  readonly parts: readonly PartName[];
  /** Undefined where each part has its own. */
  readonly clients: readonly ClientName[] | undefined;
  readonly concurrency: number | undefined;
  readonly connections: number;
  readonly launches: number | undefined;
  /** In each launch. */
  readonly rounds: number | undefined;
  readonly effort: EffortName;
  readonly profile: ClientName | undefined;
  readonly output: 'table' | 'json' | 'markdown' | 'page' | 'help';
}

/** What was asked for wrongly. */
export class UsageError extends Error {}

const OPTIONS = {
  work: { type: 'string' },
  size: { type: 'string' },
  clients: { type: 'string' },
  concurrency: { type: 'string' },
  connections: { type: 'string' },
  launches: { type: 'string' },
  rounds: { type: 'string' },
  full: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
  profile: { type: 'string' },
  json: { type: 'boolean', default: false },
  markdown: { type: 'boolean', default: false },
  page: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const CONNECTIONS = 10_000;
const PROFILED: readonly PartName[] = ['get-1k', 'h2-get-1k'];

/** @throws UsageError naming the flag. */
export function parseFlags(args: readonly string[]): Flags {
  const values = valuesOf(args);
  const profile = values.profile === undefined ? undefined : profiledOf(values.profile);
  const clients = values.clients === undefined ? undefined : clientsOf(values.clients);
  const parts = partsOf(values, profile);
  if (values.page) checkPage(parts, clients);
  return {
    parts: clients === undefined ? parts : partsWith(clients, parts),
    clients,
    concurrency: count('concurrency', values.concurrency),
    connections: count('connections', values.connections) ?? CONNECTIONS,
    launches: count('launches', values.launches),
    rounds: count('rounds', values.rounds),
    effort: effortOf(values),
    profile,
    output: outputOf(values),
  };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function count(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new UsageError(`--${flag} ${text}: expected a number from 1 to 99999`);
}

interface Asked {
  readonly work?: string | undefined;
  readonly size?: string | undefined;
}

/** In the order of the list, whatever the order asked for. */
function partsOf({ work, size }: Asked, profile: ClientName | undefined): readonly PartName[] {
  if (work === undefined && size === undefined && profile !== undefined) return profiledParts(profile);
  const named = new Set(work === undefined ? PART_NAMES : work.split(',').flatMap(partsOfGroup));
  const parts = PART_NAMES.filter((part) => named.has(part));
  if (size === undefined) return parts;
  if (!isSizeName(size)) throw new UsageError(`--size ${size}: expected one of ${SIZE_NAMES.join(', ')}`);
  const sized = partsOfSize(parts, size);
  if (sized.length === 0) throw new UsageError(`--size ${size}: no such body in --work ${work ?? ''}`);
  return sized;
}

function profiledParts(profile: ClientName): readonly PartName[] {
  return PROFILED.filter((part) => clientsAble(part, [profile]).length > 0).slice(0, 1);
}

/** Those that some of the clients can do. What middleware costs is measured with the Transport, whoever is asked for. */
function partsWith(clients: readonly ClientName[], parts: readonly PartName[]): readonly PartName[] {
  const able = parts.filter((part) => part === 'cost' || clientsAble(part, clients).length > 0);
  if (able.length > 0) return able;
  throw new UsageError(`--clients ${clients.join(',')}: none of them can do --work ${parts.join(',')}`);
}

/** What the page has of the other sections stays where one alone is measured; but each is of one run. */
function checkPage(parts: readonly PartName[], clients: readonly ClientName[] | undefined): void {
  const isWhole = (section: SectionName): boolean => partsOfSection(section).every((part) => parts.includes(part));
  if (clients === undefined && parts.every((part) => isWhole(sectionOf(part)))) return;
  throw new UsageError(`--page: expected all clients, and no other --work than ${SECTION_NAMES.join(' or ')}`);
}

function partsOfGroup(name: string): readonly PartName[] {
  const parts = partsNamed(name);
  if (parts.length === 0) throw new UsageError(`--work ${name}: expected some of ${GROUP_NAMES.join(', ')}, ${PART_NAMES.join(', ')}`);
  return parts;
}

/** In the order of the list, whatever the order asked for. */
function clientsOf(text: string): readonly ClientName[] {
  const names = text.split(',');
  const unknown = names.find((name) => !isClientName(name));
  if (unknown !== undefined) throw new UsageError(`--clients ${unknown}: expected some of ${CLIENT_NAMES.join(', ')}`);
  return CLIENT_NAMES.filter((name) => names.includes(name));
}

function profiledOf(name: string): ClientName {
  if (isClientName(name) && isProfilable(name)) return name;
  throw new UsageError(`--profile ${name}: expected one of ${CLIENT_NAMES.filter(isProfilable).join(', ')}`);
}

function isProfilable(client: ClientName): boolean {
  return client !== 'go' && client !== 'h2load';
}

function effortOf({ full, quick }: { readonly full: boolean; readonly quick: boolean }): EffortName {
  if (full && quick) throw new UsageError('--full and --quick: expected one of them');
  if (full) return 'full';
  return quick ? 'quick' : 'default';
}

function outputOf(values: Readonly<Record<Exclude<Flags['output'], 'table'>, boolean>>): Flags['output'] {
  if (values.help) return 'help';
  const [output = 'table', other] = (['json', 'markdown', 'page'] as const).filter((name) => values[name]);
  if (other !== undefined) throw new UsageError(`--${output} and --${other}: expected one of them`);
  return output;
}
