import { TestServer } from '@roundtripper/testing';

import { InteropFolder } from './interop-folder.ts';
import { interopHandler } from './interop-handler.ts';
import type { StartedServer } from './interop-server.ts';
import { RunningServer } from './running-server.ts';
import { startedServer } from './started-server.ts';

/** Starts nginx: it serves files itself, and passes the rest on to an origin of Node's. */
export async function startNginx(path: string, tls: boolean): Promise<StartedServer> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await InteropFolder.make());
  const origin = resources.use(await TestServer.start({ handler: interopHandler }));
  const server = resources.use(
    await RunningServer.start(path, async (port) => {
      const file = await folder.write('nginx.conf', configuration({ folder, port, origin: origin.port, tls }));
      return ['-e', 'stderr', '-p', folder.path, '-c', file];
    }),
  );
  return startedServer(server.port, tls, resources.move());
}

/** `listen … http2` is what nginx 1.22 of Debian knows; newer ones warn that they would rather read `http2 on`. */
function configuration(parts: { folder: InteropFolder; port: number; origin: number; tls: boolean }): string {
  const { folder, port, origin, tls } = parts;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder.path}/${name};`);
  return `
    daemon off; master_process off; pid ${folder.path}/pid; error_log stderr error;
    events { worker_connections 256; }
    http {
      access_log off; ${temporary.join(' ')}
      default_type application/octet-stream; client_max_body_size 0; keepalive_requests 1000000;
      server {
        listen 127.0.0.1:${port} ${tls ? 'ssl ' : ''}http2 backlog=4096;
        ${tls ? `ssl_certificate ${folder.cert}; ssl_certificate_key ${folder.key};` : ''}
        location /bytes/ { root ${folder.path}; }
        location = /trailers { root ${folder.path}; try_files /bytes/1 =404; add_trailer x-sum 42; }
        location / {
          proxy_pass http://127.0.0.1:${origin}; proxy_http_version 1.1;
          proxy_buffering off; proxy_request_buffering off; proxy_next_upstream off;
        }
      }
    }`;
}
