import { testCertificate } from '@roundtripper/testing';
import { Child, nodeProgram } from './child.ts';
import type { ClientName } from './client-list.ts';
import type { GoClient } from './go-client.ts';
import type { Job } from './messages.ts';
import type { Pinning } from './pinning.ts';

/** What a run has to work with. */
export interface Place {
  readonly pinning: Pinning;
  /** Undefined where there is none: the Go client is then not among the clients. */
  readonly go: GoClient | undefined;
  readonly onProgress: (text: string) => void;
}

/** The server's process. */
export interface RunningServer extends AsyncDisposable {
  readonly child: Child;
  readonly origin: string;
  readonly tlsOrigin: string;
}

export async function startServer({ pinning }: Pick<Place, 'pinning'>): Promise<RunningServer> {
  const child = new Child(pinning.server, nodeProgram('the server', new URL('./server.ts', import.meta.url)));
  const { port, tlsPort } = await child.first('listening');
  return {
    child,
    origin: `http://127.0.0.1:${port}`,
    tlsOrigin: `https://127.0.0.1:${tlsPort}`,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** Starts the process of a client. It is loaded when this resolves, and has sent nothing yet. */
export async function startClient(job: Omit<Job, 'ca'>, place: Pick<Place, 'pinning' | 'go'>): Promise<Child> {
  const text = JSON.stringify({ ...job, ca: testCertificate.ca } satisfies Job);
  const program =
    job.client === 'go'
      ? { name: 'go', command: [goBinary(place.go), text], env: { GOMAXPROCS: '1' } }
      : nodeProgram(job.client, new URL('./client-process.ts', import.meta.url), text);
  const child = new Child(place.pinning.client, program);
  try {
    await child.first('ready');
    return child;
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
}

/** Those of the clients that are there. */
export function clientsThere(clients: readonly ClientName[], { go }: Pick<Place, 'go'>): readonly ClientName[] {
  return clients.filter((client) => client !== 'go' || go !== undefined);
}

function goBinary(go: GoClient | undefined): string {
  if (go === undefined) throw new Error('there is no Go client');
  return go.binary;
}
