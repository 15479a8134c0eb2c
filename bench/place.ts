import { availableParallelism } from 'node:os';
import { testCertificate } from '@roundtripper/testing';
import type { BenchServer } from './bench-server.ts';
import { Child, nodeProgram, type Program } from './child.ts';
import type { ClientName } from './client-names.ts';
import type { GoClient } from './go-client.ts';
import type { H2load } from './h2/h2load.ts';
import type { Redis } from './cache/redis.ts';
import { AWAKE, type Job } from './messages.ts';
import { clientsAble, isH2c, type PartName } from './parts.ts';
import type { Pinning } from './pinning.ts';

/** What a run has to work with. */
export interface Place {
  readonly pinning: Pinning;
  /** Undefined where there is none: the Go client is then not among the clients. */
  readonly go: GoClient | undefined;
  /** As {@link Place.go}. */
  readonly h2load: H2load | undefined;
  /** Absent where there is none: what the cache costs over Redis is then left out. */
  readonly redis?: Redis | undefined;
  readonly onProgress: (text: string) => void;
}

/** The server for HTTP/1.1, in a process of its own. */
export interface RunningServer extends BenchServer {
  readonly child: Child;
}

/** How a server is run. */
export interface ServerOptions {
  /**
   * Whether it never sleeps, where there is a processor for it alone. To wake a process is counted as the time of who writes to it, and of two clients the slower one has to do so more often: what they
   * differ by is more than what their code does.
   */
  readonly isAwake?: boolean;
}

export async function startServer({ pinning }: Pick<Place, 'pinning'>, { isAwake = false }: ServerOptions = {}): Promise<RunningServer> {
  const flags = isAwake && availableParallelism() > 1 ? [AWAKE] : [];
  const child = new Child(pinning.server, nodeProgram('the server', new URL('./server.ts', import.meta.url), ...flags));
  const { port, tlsPort } = await child.first('listening');
  return {
    child,
    origin: `http://127.0.0.1:${port}`,
    tlsOrigin: `https://127.0.0.1:${tlsPort}`,
    version: undefined,
    cpuMicros: async () => (await child.ask({ kind: 'ask-usage' }, 'usage')).cpuMicros,
    connections: async () => (await child.ask({ kind: 'ask-usage' }, 'usage')).connections,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** Starts the process of a client. It is loaded when this resolves, and has sent nothing yet. */
export async function startClient(job: Omit<Job, 'ca'>, place: Pick<Place, 'pinning' | 'go' | 'h2load'>): Promise<Child> {
  const child = new Child(place.pinning.client, programFor({ ...job, ca: testCertificate.ca }, place));
  try {
    await child.first('ready');
    return child;
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
}

/** Those of the clients that are there, and can do the part. */
export function clientsThere(part: PartName, clients: readonly ClientName[], place: Pick<Place, 'go' | 'h2load'>): readonly ClientName[] {
  return clientsAble(part, clients).filter((client) => {
    if (client === 'go') return isH2c(part) ? place.go?.speaksH2c === true : place.go !== undefined;
    return client !== 'h2load' || place.h2load !== undefined;
  });
}

function programFor(job: Job, { go, h2load }: Pick<Place, 'go' | 'h2load'>): Program {
  const text = JSON.stringify(job);
  switch (job.client) {
    case 'go':
      return { name: 'go', command: [thereIs(go, 'Go client').binary, text], env: { GOMAXPROCS: '1' } };
    case 'h2load':
      return nodeProgram('h2load', new URL('./h2/h2load-process.ts', import.meta.url), text, thereIs(h2load, 'h2load').path);
    default: {
      const file = job.protocol === 'h2' ? './h2/client-process.ts' : './client-process.ts';
      return nodeProgram(job.client, new URL(file, import.meta.url), text);
    }
  }
}

function thereIs<Tool>(tool: Tool | undefined, name: string): Tool {
  if (tool === undefined) throw new Error(`there is no ${name}`);
  return tool;
}
