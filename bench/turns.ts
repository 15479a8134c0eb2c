import type { BenchServer } from './bench-server.ts';
import type { Child } from './child.ts';
import type { ClientName } from './client-names.ts';
import type { Sample } from './messages.ts';

/** How long is measured. */
export interface Effort {
  /** How often every process is started afresh. */
  readonly launches: number;
  /** In each launch, each with one window for every client. */
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** A window, and how busy the server was in it: from 0 to 1, of one CPU. */
export interface Window extends Sample {
  readonly serverBusy: number;
}

/** The windows of one client, one a round. */
export interface Measured<Name extends string = ClientName> {
  readonly client: Name;
  readonly windows: readonly Window[];
}

/** Who takes turns. */
export interface Turns<Name extends string> {
  readonly clients: readonly Name[];
  /** Starts the process of a client: it is to be warmed up next. */
  readonly start: (client: Name) => Promise<Child>;
  /** Who is busy with what they ask for. */
  readonly server: Pick<BenchServer, 'cpuMicros'>;
  /** Called when one was warmed up, with all that were by then. */
  readonly onWarm?: ((client: Name, warm: readonly Name[]) => Promise<void>) | undefined;
  /** Called after each window. */
  readonly onWindow?: ((client: Name) => Promise<void>) | undefined;
  readonly onProgress: (text: string) => void;
}

interface Running<Name extends string> {
  readonly client: Name;
  readonly child: Child;
  readonly windows: Window[];
  /** Of each window. */
  readonly requests: number;
}

/** One launch. The processes are there all the time and take turns, so that what else the machine does falls on all of them alike. */
export async function takeTurns<Name extends string>(
  turns: Turns<Name>,
  effort: Omit<Effort, 'launches'>,
): Promise<readonly Measured<Name>[]> {
  await using children = new AsyncDisposableStack();
  const running: Running<Name>[] = [];
  for (const client of turns.clients) {
    turns.onProgress(`warming up ${client}`);
    const child = children.use(await turns.start(client));
    const { requestsPerSecond } = await child.ask({ kind: 'warm-up', forMs: effort.warmUpMs }, 'warmed-up');
    running.push({ client, child, windows: [], requests: Math.ceil((requestsPerSecond * effort.windowMs) / 1_000) });
    await turns.onWarm?.(
      client,
      running.map((each) => each.client),
    );
  }
  for (let round = 1; round <= effort.rounds; round++) {
    turns.onProgress(`round ${round} of ${effort.rounds}`);
    for (const each of running) {
      each.windows.push(await measureWindow(each, turns.server));
      await turns.onWindow?.(each.client);
    }
  }
  return running;
}

/** The windows of several launches as those of one, client by client. */
export function pooled<Name extends string>(launches: readonly (readonly Measured<Name>[])[]): readonly Measured<Name>[] {
  const [first = []] = launches;
  return first.map(({ client }) => ({
    client,
    windows: launches.flatMap((launch) => launch.find((each) => each.client === client)?.windows ?? []),
  }));
}

async function measureWindow({ child, requests }: Running<string>, server: Pick<BenchServer, 'cpuMicros'>): Promise<Window> {
  const before = await server.cpuMicros();
  const startedMs = performance.now();
  const { sample } = await child.ask({ kind: 'measure', requests }, 'measured');
  const wallMs = performance.now() - startedMs;
  return { ...sample, serverBusy: ((await server.cpuMicros()) - before) / 1_000 / wallMs };
}
