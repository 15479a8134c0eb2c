import { withTemporaryFolder } from '../../scripts/temporary-folder.ts';
import { parseFlags, USAGE, UsageError, type ClientName, type Flags } from './flags.ts';
import { buildGoClient } from './go-client.ts';
import type { Scenario } from './plan.ts';
import { table } from './table.ts';
import { nodeClient, runTrial, type ClientCommand } from './trial.ts';
import { brokenPromises, together, type Verdict } from './verdict.ts';

/** Each with another seed: a seed more than the one before. */
const ROUNDS = 5;

/** `npm run faults`: this library and other clients against a server that fails them at random. @returns the exit code: 0 where this library kept its promises. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const flags = parseFlags(args);
    if (!flags.isHelp) return await withTemporaryFolder((folder) => run(flags, folder));
    console.log(USAGE);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${USAGE}`);
      return 2;
    }
    throw error;
  }
}

async function run(flags: Flags, folder: string): Promise<number> {
  const commands = await commandsFor(flags.clients, folder);
  let broken = 0;
  for (const scenario of flags.scenarios) {
    const verdicts = await runScenario(scenario, flags, commands);
    console.log(
      `\n${scenario}: ${flags.requests} requests of each client, ${flags.connections} callers at once, seed ${flags.seed}, Node ${process.version}`,
    );
    console.log(table(verdicts));
    for (const promise of brokenPromises(scenario, verdicts)) {
      console.log(`BROKEN: ${promise}`);
      broken += 1;
    }
  }
  return broken === 0 ? 0 : 1;
}

async function commandsFor(clients: readonly ClientName[], folder: string): Promise<ReadonlyMap<ClientName, ClientCommand>> {
  const commands = new Map<ClientName, ClientCommand>();
  for (const client of clients) {
    const command = client === 'go' ? await buildGoClient(folder) : nodeClient(client);
    if (command !== undefined) commands.set(client, command);
  }
  return commands;
}

/** In rounds, so that what else the machine does falls on all of them alike. */
async function runScenario(
  scenario: Scenario,
  { seed, requests, connections }: Flags,
  commands: ReadonlyMap<ClientName, ClientCommand>,
): Promise<ReadonlyMap<ClientName, Verdict>> {
  const rounds = requests < 10 * ROUNDS ? 1 : ROUNDS;
  const perRound = Math.ceil(requests / rounds);
  const verdicts = new Map<ClientName, Verdict>();
  for (let round = 0; round < rounds; round++) {
    for (const [client, command] of commands) {
      const verdict = await runTrial(command, { scenario, seed: seed + round, requests: perRound, connections });
      const before = verdicts.get(client);
      verdicts.set(client, before === undefined ? verdict : together(before, verdict));
    }
  }
  return verdicts;
}
