import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';

/** An HTTP server for as long as an example runs. */
export interface LocalServer extends AsyncDisposable {
  /** Like `http://127.0.0.1:40123`. */
  readonly url: string;
}

/** Starts a server on a free port of this machine. */
export async function startLocalServer(listener: RequestListener): Promise<LocalServer> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
