import { costResult } from './cost-result.ts';
import { effortFor, slowPlanFor } from './efforts.ts';
import { exchangeResult } from './exchange-result.ts';
import type { Flags } from './flags.ts';
import { measureCosts } from './measure-costs.ts';
import { connectionsAllowed, measureIdle, measureSlow } from './measure-memory.ts';
import { measureWork, type Effort } from './measure.ts';
import { idleResult, slowResult } from './memory-result.ts';
import { defaultClients, type PartName } from './parts.ts';
import { clientsThere, type Place, type RunningServer } from './place.ts';
import type { Result } from './result.ts';

/** TLS takes a handshake for each connection, and much the same memory whoever holds it. */
const TLS_SHARE = 0.2;

/** Measures one part of a run. */
export async function runPart(part: PartName, flags: Flags, server: RunningServer, place: Place): Promise<Result> {
  const clients = clientsThere(flags.clients ?? defaultClients(part), place);
  const given = effortFor(part, flags.effort);
  const effort: Effort = { ...given, launches: flags.launches ?? given.launches, rounds: flags.rounds ?? given.rounds };
  switch (part) {
    case 'cost':
      return costResult(await measureCosts(effort, server, place));
    case 'slow':
      return slowResult(await measureSlow(clients, slowPlanFor(flags.effort), server, place));
    case 'idle':
      return idleResult(await measureIdle(clients, { connections: connectionsAllowed(flags.connections), isTls: false }, place), false);
    case 'tls-idle': {
      const connections = Math.ceil(connectionsAllowed(flags.connections) * TLS_SHARE);
      return idleResult(await measureIdle(clients, { connections, isTls: true }, place), true);
    }
    default:
      return exchangeResult(part, await measureWork(part, { ...effort, clients, concurrency: flags.concurrency }, server, place));
  }
}
