import { HttpRequest, RoundTripError, Transport } from '@roundtripper/core';
import { TestServer } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { serverBinary } from '../../packages/core/test/servers/server-binary.ts';
import { ReloadableServer, type Reloadable } from './reloadable-server.ts';

const RELOADS = 10;
const CALLERS = 16;
/** Of each caller, between one reload and the next. */
const REQUESTS_BETWEEN = 50;

const nginx = await serverBinary('nginx', 'nginx-light');
const haproxy = await serverBinary('haproxy', 'haproxy');

const SERVERS: readonly (Reloadable & { readonly isThere: boolean; readonly maxFailures: number })[] = [
  {
    ...nginx,
    name: 'nginx',
    // It closes what is idle at once, and what it has not read yet of a request with it: no client can do better than to be quick.
    maxFailures: (RELOADS * CALLERS) / 2,
    signal: 'SIGHUP',
    args: (file, folder) => ['-e', 'stderr', '-p', folder, '-c', file],
    configuration: (port, origin, folder) => `
      daemon off; pid ${folder}/pid; worker_processes 1; error_log stderr error;
      events { worker_connections 256; }
      http {
        access_log off;
        client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
        keepalive_requests 1000000;
        upstream origin { server 127.0.0.1:${origin}; keepalive 64; }
        server {
          listen 127.0.0.1:${port} backlog=4096;
          location / {
            proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_next_upstream off; add_header x-process $pid;
          }
        }
      }`,
  },
  {
    ...haproxy,
    name: 'haproxy',
    maxFailures: 0,
    signal: 'SIGUSR2',
    args: (file) => ['-W', '-db', '-f', file],
    configuration: (port, origin, folder) => `
global
  stats socket ${folder}/socket mode 600 level admin expose-fd listeners
defaults
  mode http
  timeout client 30s
  timeout connect 30s
  timeout server 30s
  retries 0
frontend all
  bind 127.0.0.1:${port} backlog 4096
  option idle-close-on-response
  http-response set-header x-process %pid
  default_backend origin
backend origin
  http-reuse never
  server origin 127.0.0.1:${origin}
`,
  },
];

const BODY = 'x'.repeat(500);

async function* pieces(): AsyncGenerator<string> {
  yield BODY;
}

const INITS = [{ method: 'GET' }, { method: 'POST', body: BODY }, { method: 'PUT', body: BODY }, { method: 'DELETE' }];

describe.for(SERVERS)('$name reads its configuration again and again under load:', (reloadable) => {
  test('what fails was closed while it was idle, and had no effect', { timeout: 60_000 }, async ({ skip }) => {
    skip(!reloadable.isThere, 'it is not there');
    const executed = new Map<string, number>();
    await using origin = await TestServer.start({
      handler: (request, response) => {
        request.resume().once('end', () => {
          const id = request.url ?? '';
          executed.set(id, (executed.get(id) ?? 0) + 1);
          response.end(id);
        });
      },
    });
    await using server = await ReloadableServer.start(reloadable, origin.port);
    await using transport = new Transport({ maxConnsPerHost: CALLERS });
    const load = new Load(transport, server.url);
    await load.some(CALLERS * REQUESTS_BETWEEN);
    for (let reload = 0; reload < RELOADS; reload++) {
      const before = load.processes.size;
      server.reload();
      // An answer of a process that was not there before: it has begun to serve.
      while (load.processes.size === before) await load.some(1);
      await load.some(CALLERS * REQUESTS_BETWEEN);
    }
    await load.end();
    expect(load.processes.size).toBe(RELOADS + 1);
    expect(load.answered).toBeGreaterThan(RELOADS * CALLERS * REQUESTS_BETWEEN);
    // Not one GET; of the others those that nginx met with the close of a connection that it held for idle.
    expect(load.failures.filter(({ method, code }) => method === 'GET' || code !== 'stale-connection')).toEqual([]);
    expect(load.failures.filter(({ id }) => executed.has(id))).toEqual([]);
    expect(load.failures.length).toBeLessThanOrEqual(reloadable.maxFailures);
    expect([...executed.values()].filter((times) => times > 1)).toEqual([]);
  });
});

interface Failed {
  readonly id: string;
  readonly method: string;
  readonly code: string;
}

/** Callers that send one request after another, of all methods, without a pause. */
class Load {
  /** That have answered. */
  readonly processes = new Set<string>();
  readonly failures: Failed[] = [];
  answered = 0;
  readonly #transport: Transport;
  readonly #url: string;
  readonly #callers: readonly Promise<void>[];
  #sent = 0;
  #isOver = false;

  constructor(transport: Transport, url: string) {
    this.#transport = transport;
    this.#url = url;
    this.#callers = Array.from({ length: CALLERS }, () => this.#call());
  }

  /** So many more answers, or failures. */
  async some(count: number): Promise<void> {
    const until = this.answered + this.failures.length + count;
    while (this.answered + this.failures.length < until) await new Promise(setImmediate);
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#callers);
  }

  async #call(): Promise<void> {
    while (!this.#isOver) {
      this.#sent += 1;
      const id = `/${this.#sent}`;
      const init = this.#sent % 5 === 4 ? { method: 'POST', body: pieces() } : INITS[this.#sent % 5];
      try {
        const response = await this.#transport.roundTrip(new HttpRequest(`${this.#url}${id}`, init));
        if ((await response.text()) !== id) throw new Error(`the answer to ${id} is another's`);
        this.processes.add(response.headers.get('x-process') ?? '');
        this.answered += 1;
      } catch (error) {
        const code = error instanceof RoundTripError ? error.code : String(error);
        this.failures.push({ id, method: init?.method ?? 'GET', code });
      }
    }
  }
}
