import { parseArgs } from 'node:util';
import { SCENARIOS, type Scenario } from './plan.ts';

export const CLIENT_NAMES = ['roundtripper', 'undici', 'node:http', 'go'] as const;

export type ClientName = (typeof CLIENT_NAMES)[number];

export const USAGE: string = `Usage: npm run faults -- [flags]

Sends requests to a server that closes, resets, answers too early or talks nonsense at random, and holds what the clients say against its journal.

  --requests <n>      of each client in each scenario (default 100000)
  --seed <n>          what is sent and what goes wrong is drawn from it (default 1)
  --connections <n>   callers at once (default 32)
  --scenario <a,b>    only these: ${SCENARIOS.join(', ')}
  --clients <a,b>     only these: ${CLIENT_NAMES.join(', ')}
  --help              print this`;

export interface Flags {
  readonly requests: number;
  readonly seed: number;
  readonly connections: number;
  readonly scenarios: readonly Scenario[];
  readonly clients: readonly ClientName[];
  readonly isHelp: boolean;
}

/** What was asked for wrongly. */
export class UsageError extends Error {}

const OPTIONS = {
  requests: { type: 'string', default: '100000' },
  seed: { type: 'string', default: '1' },
  connections: { type: 'string', default: '32' },
  scenario: { type: 'string', default: SCENARIOS.join(',') },
  clients: { type: 'string', default: CLIENT_NAMES.join(',') },
  help: { type: 'boolean', default: false },
} as const;

/** @throws UsageError naming the flag. */
export function parseFlags(args: readonly string[]): Flags {
  const values = valuesOf(args);
  return {
    requests: number('requests', values.requests, 1, 10_000_000),
    seed: number('seed', values.seed, 0, 4_294_967_295),
    connections: number('connections', values.connections, 1, 1_000),
    scenarios: some('scenario', values.scenario, SCENARIOS),
    clients: some('clients', values.clients, CLIENT_NAMES),
    isHelp: values.help,
  };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function number(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`--${flag} ${text}: expected a number from ${min} to ${max}`);
}

/** In the order of the list, whatever the order asked for. */
function some<Name extends string>(flag: string, text: string, all: readonly Name[]): readonly Name[] {
  const names = text.split(',');
  const unknown = names.find((name) => !all.some((each) => each === name));
  if (unknown !== undefined) throw new UsageError(`--${flag} ${unknown}: expected some of ${all.join(', ')}`);
  return all.filter((each) => names.includes(each));
}
