import { goHttp2Binary, startGoHttp2 } from './go-http2.ts';
import { startHaproxy } from './haproxy.ts';
import type { Abilities, InteropServer, StartedServer } from './interop-server.ts';
import { startNghttpd } from './nghttpd.ts';
import { startNginx } from './nginx.ts';
import { startNodeHttp2 } from './node-http2.ts';
import { serverBinary, type ServerBinary } from './server-binary.ts';

const ALL: Abilities = {
  echo: true,
  status: true,
  trailers: true,
  requestTrailers: true,
  headers: true,
  hold: true,
  earlyHints: true,
  goodbye: true,
};

const nginx = await serverBinary('nginx', 'nginx-light');
const nghttpd = await serverBinary('nghttpd', 'nghttp2-server');
const haproxy = await serverBinary('haproxy', 'haproxy');
const go = await goHttp2Binary();

/** Each server over TLS and by prior knowledge, with what it can do. Importing this installs what is missing where it may, and builds the one in Go: neither fits a test's time limit. */
export const HTTP2_SERVERS: readonly InteropServer[] = [
  // It passes on neither trailers nor interim responses, and says goodbye after so many requests, not at one's wish.
  ...both('nginx', nginx, { ...ALL, requestTrailers: false, earlyHints: false, goodbye: false }, startNginx),
  ...both(
    'nghttpd',
    nghttpd,
    { ...ALL, status: false, requestTrailers: false, headers: false, hold: false, earlyHints: false, goodbye: false },
    startNghttpd,
  ),
  // Debian's 2.6 stops in the middle of an echo over TLS, now and then, where the client's windows were used up meanwhile: they should be larger than the echo.
  ...both('haproxy', haproxy, { ...ALL, goodbye: false }, startHaproxy),
  ...both('Go', go, ALL, startGoHttp2),
  ...both('node:http2', { isThere: true, path: '' }, ALL, (_, tls) => startNodeHttp2(tls)),
];

function both(
  name: string,
  { isThere, path }: ServerBinary | { isThere: true; path: '' },
  can: Abilities,
  start: (path: string, tls: boolean) => Promise<StartedServer>,
): InteropServer[] {
  return [true, false].map((tls) => ({ name: `${name}, ${tls ? 'h2' : 'h2c'}`, tls, isThere, can, start: () => start(path, tls) }));
}
