import type { StartedServer } from './interop-server.ts';

/** @param resources What it consists of, and what goes with it. */
export function startedServer(port: number, tls: boolean, resources: AsyncDisposable): StartedServer {
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      await resources[Symbol.asyncDispose]();
    },
  };
}
