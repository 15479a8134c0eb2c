import { TestServer } from '@roundtripper/testing';

import { interopHandler } from './interop-handler.ts';
import type { StartedServer } from './interop-server.ts';

/** Starts node:http2, in this process. */
export function startNodeHttp2(tls: boolean): Promise<StartedServer> {
  return TestServer.start({
    protocol: 'h2',
    tls,
    handler: async (request, response) => {
      if (request.url !== '/goodbye') return interopHandler(request, response);
      // It says so in two steps: GOAWAY now, and the end once the streams are done.
      request.stream.session?.close();
      response.end('goodbye');
      return undefined;
    },
  });
}
