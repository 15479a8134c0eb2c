import { InteropFolder } from './interop-folder.ts';
import type { StartedServer } from './interop-server.ts';
import { RunningServer } from './running-server.ts';
import { startedServer } from './started-server.ts';

/** Starts nghttpd, which is nghttp2's own: it serves files, gives uploads back whatever their path is, and sends the same trailer with each body. */
export async function startNghttpd(path: string, tls: boolean): Promise<StartedServer> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await InteropFolder.make());
  await folder.write('trailers', 'with trailers');
  const options = ['--address=127.0.0.1', `--htdocs=${folder.path}`, '--echo-upload', '--trailer=x-sum: 42'];
  const server = resources.use(
    await RunningServer.start(path, (port) => [
      ...options,
      ...(tls ? [] : ['--no-tls']),
      String(port),
      ...(tls ? [folder.key, folder.cert] : []),
    ]),
  );
  return startedServer(server.port, tls, resources.move());
}
