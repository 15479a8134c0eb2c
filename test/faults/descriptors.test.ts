import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { TestServer } from '@roundtripper/testing';
import { expect, test } from 'vitest';

const PROCESS = fileURLToPath(new URL('./descriptors-process.ts', import.meta.url));
const DESCRIPTORS = 100;
const REQUESTS = 200;
/** What 400 requests may cost where the machine is busy. */
const MAX_CPU_MS = 3_000;

test(
  'where there are no more file descriptors, requests fail as unsent, connections work on, and all is well once there are some',
  { timeout: 60_000 },
  async () => {
    const gate = Promise.withResolvers<void>();
    await using server = await TestServer.start({
      handler: async (request, response) => {
        if (request.url === '/release') gate.resolve();
        if (request.url === '/held') await gate.promise;
        response.end('ok');
      },
    });
    const node = [process.execPath, '--conditions=source', '--unhandled-rejections=strict', PROCESS];
    const { stdout } = await promisify(execFile)('prlimit', [
      `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`,
      ...node,
      server.url,
      String(REQUESTS),
    ]);
    const told: unknown = JSON.parse(stdout);
    expect(told).toMatchObject({ opened: 'ok', during: 'ok', later: { ok: REQUESTS }, stats: [{ dialing: 0, waiting: 0 }] });
    // Some connections could be had, the others not, and there is no third way.
    expect(told).toHaveProperty('atOnce', ['dial-failed connect nothing EMFILE', 'ok']);
    // It does not try again and again.
    expect(told).toHaveProperty(
      'cpuMs',
      expect.toSatisfy((cpuMs: number) => cpuMs < MAX_CPU_MS),
    );
  },
);
