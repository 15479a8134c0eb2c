import { execFile } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { compose, HttpRequest, Transport, type Middleware } from '@roundtripper/core';
import { TestServer } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { concurrencyLimit, hedge, retry } from './index.ts';

const child = fileURLToPath(new URL('../test/dropped-child.ts', import.meta.url));

// In a process of its own: the stacks that the leak check keeps hold whoever is in them.
test.for(['retry', 'hedge', 'concurrencyLimit'])(
  '%s: a signal that lives on keeps no response that was dropped, nor its connection',
  { timeout: 30_000 },
  async (middleware) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--conditions=source', child, middleware]);
    expect(JSON.parse(stdout)).toEqual({ status: 200, isHeard: true, listeners: 0 });
  },
);

test.for<[string, () => Middleware]>([
  ['retry with a time limit', () => retry({ perTryTimeout: 60_000 })],
  ['hedge', () => hedge({ after: 60_000 })],
  ['concurrencyLimit', () => concurrencyLimit({ limit: 1 })],
])('%s: the caller’s signal ends a body that is under way, with its reason', async ([, make]) => {
  const controller = new AbortController();
  await using server = await TestServer.start({ handler: (_, response) => void response.writeHead(200).write('some') });
  await using client = compose(make(), new Transport());
  const response = await client.roundTrip(new HttpRequest(server.url, { signal: controller.signal }));
  const text = response.text();
  const reason = new Error('why');
  controller.abort(reason);
  await expect(text).rejects.toBe(reason);
  expect(getEventListeners(controller.signal, 'abort').length).toBe(0);
  await server.whenOpenConnections(0);
});
