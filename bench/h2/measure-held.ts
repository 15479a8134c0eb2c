import { SHORT_TEXT, SIZES } from '../answers.ts';
import { Child, nodeProgram } from '../child.ts';
import type { ClientName } from '../client-names.ts';
import { startClient, type Place } from '../place.ts';

/** What a client takes for streams that are open, or for connections that are idle. */
export interface MeasuredHeld {
  readonly client: ClientName;
  /** How many are measured, in each process. */
  readonly count: number;
  /** One of each process. */
  readonly looks: readonly HeldLook[];
}

/** Resident before they were there, and with them. */
export interface HeldLook {
  readonly beforeBytes: number;
  readonly heldBytes: number;
}

/** As {@link HeldLook}, for uploads of which the server takes nothing. */
export interface MeasuredBlocked extends HeldLook {
  readonly client: ClientName;
  readonly count: number;
  /** From those who upload. */
  readonly takenBytes: number;
}

/** What is measured of idle connections. */
export interface IdlePlan {
  readonly connections: number;
  readonly isTls: boolean;
  /** How often each client's process is started afresh. */
  readonly launches: number;
}

/** What is measured of open streams. */
export interface StreamsPlan {
  readonly streams: number;
  readonly launches: number;
}

/**
 * Measures what each client takes for an idle connection, each to an origin of its own, as HTTP/2 has one for an origin. As many are there before: by then
 * the code is compiled, and what the compilers' threads took for that, up to 20 MiB and more as chance has it, is no connection's.
 */
export function measureIdleOrigins(
  clients: readonly ClientName[],
  { connections, isTls, launches }: IdlePlan,
  place: Place,
): Promise<readonly MeasuredHeld[]> {
  // The first port is for the connection that some clients open at birth.
  const all = 1 + 2 * connections;
  const setting = { ports: all, isTls, path: SHORT_TEXT, concurrency: connections };
  const what = `${connections} idle origins${isTls ? ' over TLS' : ''}`;
  return held({ clients, count: connections, launches, what }, place, (client) =>
    withHolding(client, setting, place, async ({ child, server, origins }) => {
      const urls = origins.slice(1).map((origin) => `${origin}/${SHORT_TEXT}`);
      const { beforeBytes, heldBytes } = await child.ask({ kind: 'idle-origins', urls, before: connections }, 'held');
      expectHeld(client, await askHeld(server), { connections: all, streams: 0 });
      return { beforeBytes, heldBytes };
    }),
  );
}

/** Measures what each client takes for an answer whose head has come and whose body has not. As many are there before: see {@link measureIdleOrigins}. */
export function measureOpenStreams(
  clients: readonly ClientName[],
  { streams, launches }: StreamsPlan,
  place: Place,
): Promise<readonly MeasuredHeld[]> {
  const all = 2 * streams;
  const setting = { ports: 1, isTls: false, path: 'open', concurrency: all };
  return held({ clients, count: streams, launches, what: `${streams} open streams` }, place, (client) =>
    withHolding(client, setting, place, async ({ child, server }) => {
      const { beforeBytes, heldBytes } = await child.ask({ kind: 'open-streams', streams: all, before: streams }, 'held');
      expectHeld(client, await askHeld(server), { connections: 1, streams: all });
      return { beforeBytes, heldBytes };
    }),
  );
}

interface HeldPlan {
  readonly clients: readonly ClientName[];
  readonly count: number;
  readonly launches: number;
  readonly what: string;
}

/** The clients take turns, so that what else the machine does falls on all of them alike. */
async function held(
  { clients, count, launches, what }: HeldPlan,
  place: Place,
  look: (client: ClientName) => Promise<HeldLook>,
): Promise<readonly MeasuredHeld[]> {
  const measured = clients.map((client) => ({ client, count, looks: new Array<HeldLook>() }));
  for (let launch = 1; launch <= launches; launch++) {
    for (const { client, looks } of measured) {
      place.onProgress(`${what}, launch ${launch} of ${launches}: ${client}`);
      looks.push(await look(client));
    }
  }
  return measured;
}

/** Measures what each client takes from those who upload, and holds, when the server takes nothing. */
export async function measureBlocked(clients: readonly ClientName[], uploads: number, place: Place): Promise<readonly MeasuredBlocked[]> {
  const setting = { ports: 1, isTls: false, path: 'blocked', concurrency: uploads };
  const measured: MeasuredBlocked[] = [];
  for (const client of clients) {
    place.onProgress(`${uploads} uploads that nobody takes: ${client}`);
    const blocked = await withHolding(client, setting, place, async ({ child, server }) => {
      const { beforeBytes, heldBytes, takenBytes } = await child.ask({ kind: 'upload-blocked', uploads }, 'blocked');
      expectHeld(client, await askHeld(server), { connections: 1, streams: uploads });
      return { client, count: uploads, beforeBytes, heldBytes, takenBytes };
    });
    measured.push(blocked);
  }
  return measured;
}

interface Setting {
  readonly ports: number;
  readonly isTls: boolean;
  readonly path: string;
  readonly concurrency: number;
}

interface Holding {
  readonly child: Child;
  readonly server: Child;
  readonly origins: readonly string[];
}

/** A client and a server that are there for this alone. */
async function withHolding<Measured>(
  client: ClientName,
  { ports, isTls, path, concurrency }: Setting,
  place: Place,
  measure: (holding: Holding) => Promise<Measured>,
): Promise<Measured> {
  const file = new URL('./holding-server.ts', import.meta.url);
  await using server = new Child(place.pinning.server, nodeProgram('the server that holds', file, String(ports), isTls ? 'tls' : 'plain'));
  const listening = await server.first('listening-on');
  const origins = listening.ports.map((port) => `${isTls ? 'https' : 'http'}://127.0.0.1:${port}`);
  const isUpload = path === 'blocked';
  await using child = await startClient(
    {
      client,
      protocol: 'h2',
      exchange: isUpload ? 'upload' : 'get',
      url: `${origins[0] ?? ''}/${path}`,
      concurrency,
      bodyBytes: isUpload ? SIZES['1m'] : 0,
      answerBytes: SHORT_TEXT.length,
    },
    place,
  );
  // Both processes end when this function does.
  return await measure({ child, server, origins });
}

interface Held {
  readonly connections: number;
  readonly streams: number;
}

async function askHeld(server: Child): Promise<Held> {
  return server.ask({ kind: 'ask-held' }, 'holds');
}

/** A client that has not opened what it says would take less. */
function expectHeld(client: ClientName, found: Held, expected: Held): void {
  if (found.connections === expected.connections && found.streams === expected.streams) return;
  const words = ({ connections, streams }: Held): string => `${streams} streams on ${connections} connections`;
  throw new Error(`${client} has ${words(found)}, expected ${words(expected)}`);
}
