import { SHORT_TEXT, SIZES } from '../answers.ts';
import { Child, nodeProgram } from '../child.ts';
import type { ClientName } from '../client-names.ts';
import { startClient, type Place } from '../place.ts';

/** What a client takes for streams that are open, or for connections that are idle. */
export interface MeasuredHeld {
  readonly client: ClientName;
  /** How many there are. */
  readonly count: number;
  /** Resident before they were there, and with them. */
  readonly beforeBytes: number;
  readonly heldBytes: number;
}

/** As {@link MeasuredHeld}, for uploads of which the server takes nothing. */
export interface MeasuredBlocked extends MeasuredHeld {
  /** From those who upload. */
  readonly takenBytes: number;
}

/** Measures what each client takes for an idle connection, each to an origin of its own, as HTTP/2 has one for an origin. */
export function measureIdleOrigins(
  clients: readonly ClientName[],
  { connections, isTls }: { readonly connections: number; readonly isTls: boolean },
  place: Place,
): Promise<readonly MeasuredHeld[]> {
  // The first port is for the connection that each client has before.
  const setting = { ports: connections + 1, isTls, path: SHORT_TEXT, concurrency: connections };
  return forEach(clients, `${connections} idle origins`, place, (client) =>
    withHolding(client, setting, place, async ({ child, server, origins }) => {
      const urls = origins.slice(1).map((origin) => `${origin}/${SHORT_TEXT}`);
      const { beforeBytes, heldBytes } = await child.ask({ kind: 'idle-origins', urls }, 'held');
      expectHeld(client, await askHeld(server), { connections: connections + 1, streams: 0 });
      return { client, count: connections, beforeBytes, heldBytes };
    }),
  );
}

/** Measures what each client takes for an answer whose head has come and whose body has not. */
export function measureOpenStreams(clients: readonly ClientName[], streams: number, place: Place): Promise<readonly MeasuredHeld[]> {
  // One is there before: it opens the connection.
  const all = streams + 1;
  const setting = { ports: 1, isTls: false, path: 'open', concurrency: all };
  return forEach(clients, `${streams} open streams`, place, (client) =>
    withHolding(client, setting, place, async ({ child, server }) => {
      const { beforeBytes, heldBytes } = await child.ask({ kind: 'open-streams', streams: all }, 'held');
      expectHeld(client, await askHeld(server), { connections: 1, streams: all });
      return { client, count: streams, beforeBytes, heldBytes };
    }),
  );
}

/** Measures what each client takes from those who upload, and holds, when the server takes nothing. */
export function measureBlocked(clients: readonly ClientName[], uploads: number, place: Place): Promise<readonly MeasuredBlocked[]> {
  const setting = { ports: 1, isTls: false, path: 'blocked', concurrency: uploads };
  return forEach(clients, `${uploads} uploads that nobody takes`, place, (client) =>
    withHolding(client, setting, place, async ({ child, server }) => {
      const { beforeBytes, heldBytes, takenBytes } = await child.ask({ kind: 'upload-blocked', uploads }, 'blocked');
      expectHeld(client, await askHeld(server), { connections: 1, streams: uploads });
      return { client, count: uploads, beforeBytes, heldBytes, takenBytes };
    }),
  );
}

async function forEach<Measured>(
  clients: readonly ClientName[],
  title: string,
  place: Place,
  measure: (client: ClientName) => Promise<Measured>,
): Promise<readonly Measured[]> {
  const measured: Measured[] = [];
  for (const client of clients) {
    place.onProgress(`${title}: ${client}`);
    measured.push(await measure(client));
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
