import { parseArgs } from 'node:util';
import { isSizeName, SIZE_NAMES, type SizeName } from './answers.ts';
import { CLIENT_NAMES, isClientName, type ClientName } from './client-list.ts';

export const USAGE: string = `Usage: npm run bench -- [flags]

Measures the CPU time of an HTTP/1.1 GET with this library's Transport and with other clients, side by side.

  --launches <n>      how often every client's process is started afresh (default 3)
  --rounds <n>        rounds in each launch, each with one window for every client (default 3)
  --concurrency <n>   requests in flight (default 50)
  --size <size>       only this body: ${SIZE_NAMES.join(' or ')} (default both)
  --clients <a,b>     only these: ${CLIENT_NAMES.join(', ')}
  --quick             a short run, for a look that it works: its figures are rough
  --json              print the results as JSON
  --markdown          print them as docs/performance.md has them
  --help              print this`;

export interface Flags {
  readonly launches: number;
  /** In each launch. */
  readonly rounds: number;
  readonly concurrency: number;
  readonly sizes: readonly SizeName[];
  readonly clients: readonly ClientName[];
  readonly isQuick: boolean;
  readonly output: 'table' | 'json' | 'markdown' | 'help';
}

/** What was asked for wrongly. */
export class UsageError extends Error {}

const OPTIONS = {
  launches: { type: 'string' },
  rounds: { type: 'string' },
  concurrency: { type: 'string' },
  size: { type: 'string' },
  clients: { type: 'string' },
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  markdown: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const LAUNCHES = 3;
const ROUNDS = 3;
const QUICK_LAUNCHES = 1;
const QUICK_ROUNDS = 2;
const CONCURRENCY = 50;

/** @throws UsageError naming the flag. */
export function parseFlags(args: readonly string[]): Flags {
  const values = valuesOf(args);
  return {
    launches: count('launches', values.launches, values.quick ? QUICK_LAUNCHES : LAUNCHES),
    rounds: count('rounds', values.rounds, values.quick ? QUICK_ROUNDS : ROUNDS),
    concurrency: count('concurrency', values.concurrency, CONCURRENCY),
    sizes: values.size === undefined ? SIZE_NAMES : [sizeOf(values.size)],
    clients: values.clients === undefined ? CLIENT_NAMES : clientsOf(values.clients),
    isQuick: values.quick,
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

function count(flag: string, text: string | undefined, byDefault: number): number {
  if (text === undefined) return byDefault;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UsageError(`--${flag} ${text}: expected a number from 1 to 9999`);
}

function sizeOf(text: string): SizeName {
  if (isSizeName(text)) return text;
  throw new UsageError(`--size ${text}: expected ${SIZE_NAMES.join(' or ')}`);
}

/** In the order of the list, whatever the order asked for. */
function clientsOf(text: string): readonly ClientName[] {
  const names = text.split(',');
  const unknown = names.find((name) => !isClientName(name));
  if (unknown !== undefined) throw new UsageError(`--clients ${unknown}: expected some of ${CLIENT_NAMES.join(', ')}`);
  return CLIENT_NAMES.filter((name) => names.includes(name));
}

function outputOf(values: { readonly json: boolean; readonly markdown: boolean; readonly help: boolean }): Flags['output'] {
  if (values.help) return 'help';
  if (values.json && values.markdown) throw new UsageError('--json and --markdown: expected one of them');
  if (values.json) return 'json';
  return values.markdown ? 'markdown' : 'table';
}
