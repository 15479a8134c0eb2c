import { testCertificate, TestServer } from '@roundtripper/testing';

import { InteropFolder } from './interop-folder.ts';
import { interopHandler } from './interop-handler.ts';
import type { StartedServer } from './interop-server.ts';
import { RunningServer } from './running-server.ts';
import { startedServer } from './started-server.ts';

/** Starts haproxy: it speaks HTTP/2 to the client, and HTTP/1.1 to an origin of Node's that has all the answers. */
export async function startHaproxy(path: string, tls: boolean): Promise<StartedServer> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await InteropFolder.make());
  const origin = resources.use(await TestServer.start({ handler: interopHandler }));
  const pem = await folder.write('both.pem', `${testCertificate.cert}${testCertificate.key}`);
  const server = resources.use(
    await RunningServer.start(path, async (port) => {
      const bind = tls ? `ssl crt ${pem} alpn h2` : 'proto h2';
      return ['-db', '-f', await folder.write('haproxy.cfg', configuration({ port, origin: origin.port, bind }))];
    }),
  );
  return startedServer(server.port, tls, resources.move());
}

function configuration({ port, origin, bind }: { port: number; origin: number; bind: string }): string {
  return `
defaults
  mode http
  timeout client 60s
  timeout connect 60s
  timeout server 60s
  option httpclose
frontend all
  bind 127.0.0.1:${port} backlog 4096 ${bind}
  default_backend origin
backend origin
  server origin 127.0.0.1:${origin}
`;
}
