import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import handleConfig from 'http-cache-tests/server/handle-config.mjs';
import handleState from 'http-cache-tests/server/handle-state.mjs';
import handleTest from 'http-cache-tests/server/handle-test.mjs';

/** What the suite's own server does, which takes its port from npm's environment and cannot be closed. */
export class SuiteServer implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<SuiteServer> {
    const server = createServer(handle);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new SuiteServer(server);
  }

  get origin(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

/** `config` takes what is to be answered, `test` answers so, `state` says what it was asked. */
const HANDLERS: Readonly<Record<string, typeof handleTest>> = { config: handleConfig, test: handleTest, state: handleState };

function handle(request: IncomingMessage, response: ServerResponse): void {
  const [name = '', ...segments] = new URL(request.url ?? '/', 'http://127.0.0.1').pathname.slice(1).split('/');
  const handler = HANDLERS[name];
  if (handler !== undefined) return handler(segments, request, response);
  response.writeHead(404).end();
}
