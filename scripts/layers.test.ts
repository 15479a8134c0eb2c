import { expect, test } from 'vitest';
import { layerViolations } from './layers.ts';
import type { ImportFound } from './read-imports.ts';

function violations(path: string, specifier: string | undefined, how: Partial<ImportFound> = {}): readonly string[] {
  return layerViolations({ path, imports: [{ specifier, isType: false, isReexport: false, ...how }] });
}

test.for([
  ['contract/clock.ts', './origin.ts'],
  ['contract/clock.ts', 'node:util'],
  ['contract/abort-hub.ts', 'node:events'],
  ['wire/socket-wire.ts', '../contract/clock.ts'],
  ['wire/socket-wire.ts', 'node:net'],
  ['h1/connection.ts', '../wire/wire.ts'],
  ['h2/connection.ts', '../wire/wire.ts'],
  ['dial/tunnel.ts', '../h1/response-reader.ts'],
  ['pool/assign.ts', '../contract/connection.ts'],
  ['transport/transport.ts', '../pool/pool.ts'],
  ['transport/transport.ts', '../h2/connection.ts'],
  ['transport/options.ts', 'zod'],
  ['client/client.ts', '../contract/compose.ts'],
  ['index.ts', './transport/transport.ts'],
  ['index.ts', './client/client.ts'],
  ['pool/assign.test.ts', '../h1/connection.ts'],
  ['pool/assign.test.ts', 'vitest'],
  ['pool/assign.test.ts', '../../test/fake-connection.ts'],
  ['pool/assign.test.ts', 'node:net'],
  ['pool/assign.test.ts', '@roundtripper/testing'],
])('core/%s may import %s', ([file, specifier]) => {
  expect(violations(`packages/core/src/${file}`, specifier)).toEqual([]);
});

test.for([
  ['contract/clock.ts', '../wire/wire.ts', 'contract/clock.ts: contract/ may not import wire/'],
  ['wire/wire.ts', '../dial/dial.ts', 'wire/wire.ts: wire/ may not import dial/'],
  ['h1/connection.ts', '../h2/frame.ts', 'h1/connection.ts: h1/ may not import h2/'],
  ['h2/connection.ts', '../h1/chunked.ts', 'h2/connection.ts: h2/ may not import h1/'],
  ['dial/tunnel.ts', '../h1/connection.ts', 'dial/tunnel.ts: dial/ may not import h1/connection.ts'],
  ['pool/assign.ts', '../h1/connection.ts', 'pool/assign.ts: pool/ may not import h1/'],
  ['pool/rules/assign.ts', '../../h1/connection.ts', 'pool/rules/assign.ts: pool/ may not import h1/'],
  ['transport/transport.ts', '../client/client.ts', 'transport/transport.ts: transport/ may not import client/'],
  ['client/client.ts', '../transport/transport.ts', 'client/client.ts: client/ may not import transport/'],
  ['client/client.ts', '../index.ts', 'client/client.ts: client/ may not import index.ts'],
  ['index.ts', './pool/pool.ts', 'index.ts: index.ts may not import pool/'],
  ['pool/pool.ts', 'node:events', 'pool/pool.ts: only wire/ of core may import node:events'],
  ['dial/resolve.ts', 'node:dns', 'dial/resolve.ts: only wire/ of core may import node:dns'],
  ['pool/options.ts', 'zod', 'pool/options.ts: only transport/ may import zod'],
  ['pool/pool.ts', 'lru-cache', 'pool/pool.ts: @roundtripper/core may not import lru-cache'],
  ['pool/pool.ts', '@roundtripper/cache', 'pool/pool.ts: @roundtripper/core may not import @roundtripper/cache'],
  ['pool/pool.ts', '@roundtripper/core', 'pool/pool.ts: may not import its own package by name'],
  ['pool/pool.ts', '../../../cache/src/plan.ts', 'pool/pool.ts: may not import ../../../cache/src/plan.ts: it is outside the package'],
  ['pool/pool.ts', '../../test/fake-connection.ts', 'pool/pool.ts: may not import ../../test/fake-connection.ts: it is outside src/'],
  ['pool/pool.ts', undefined, 'pool/pool.ts: imports an expression, which cannot be checked'],
  ['utils/pad.ts', './left.ts', 'utils/pad.ts: utils/ is not in the table of layers'],
  ['pad.ts', 'node:util', 'pad.ts: only index.ts may lie in no folder'],
  [
    'pool/pool.test.ts',
    '../../../cache/src/plan.ts',
    'pool/pool.test.ts: may not import ../../../cache/src/plan.ts: it is outside the package',
  ],
  [
    'pool/pool.test.ts',
    '@roundtripper/cache/src/plan.ts',
    'pool/pool.test.ts: may not import @roundtripper/cache/src/plan.ts: it is an inner file',
  ],
])('core/%s may not import %s', ([file, specifier, message]) => {
  expect(violations(`packages/core/src/${file}`, specifier)).toEqual([message]);
});

test.for([
  ['cache/src/plan.ts', '@roundtripper/core'],
  ['cache/src/memory-store.ts', 'lru-cache'],
  ['cache/src/fields/parse.ts', '../plan.ts'],
  ['cache/src/plan.test.ts', '@roundtripper/retry'],
  ['cache/src/redis/redis-store.ts', 'redis'],
  ['cache/src/redis/redis-store.ts', '../store.ts'],
  ['cache/test/redis-server.ts', '../../core/test/servers/server-binary.ts'],
  ['retry/src/retry.ts', 'p-retry'],
  ['trace/src/opentelemetry/span.ts', '@opentelemetry/api'],
  ['trace/src/opentelemetry/span.ts', '../redact-url.ts'],
  ['trace/src/trace.test.ts', '@opentelemetry/api'],
  ['testing/src/server.ts', 'node:net'],
])('%s may import %s', ([file, specifier]) => {
  expect(violations(`packages/${file}`, specifier)).toEqual([]);
});

test.for([
  ['cache/src/plan.ts', '@roundtripper/retry', 'cache/plan.ts: @roundtripper/cache may not import @roundtripper/retry'],
  [
    'cache/src/plan.ts',
    '@roundtripper/core/inner',
    'cache/plan.ts: may not import @roundtripper/core/inner: only the entry point of a package',
  ],
  ['cache/src/plan.ts', 'redis', 'cache/plan.ts: only redis/ may import redis'],
  ['cache/src/index.ts', './redis/index.ts', 'cache/index.ts: may not import redis/: it needs the optional peer redis'],
  ['cache/src/plan.ts', 'zod', 'cache/plan.ts: @roundtripper/cache may not import zod'],
  ['cache/src/plan.ts', 'node:net', 'cache/plan.ts: only wire/ of core may import node:net'],
  ['trace/src/spans.ts', '@opentelemetry/sdk-trace', 'trace/spans.ts: @roundtripper/trace may not import @opentelemetry/sdk-trace'],
  ['trace/src/spans.ts', '@opentelemetry/api', 'trace/spans.ts: only opentelemetry/ may import @opentelemetry/api'],
  [
    'trace/src/index.ts',
    './opentelemetry/index.ts',
    'trace/index.ts: may not import opentelemetry/: it needs the optional peer @opentelemetry/api',
  ],
  ['log/src/log.ts', 'node:util', 'packages/log/src/log.ts: the package log is not in the table of scripts/layers.ts'],
])('%s may not import %s', ([file, specifier, message]) => {
  expect(violations(`packages/${file}`, specifier)).toEqual([message]);
});

test('what tests share may import any layer of its package, and no other package', () => {
  expect(violations('packages/core/test/fake-wire.ts', '../src/wire/wire.ts')).toEqual([]);
  expect(violations('packages/core/test/fake-wire.ts', '../../cache/src/plan.ts')).toEqual([
    'test/fake-wire.ts: may not import ../../cache/src/plan.ts: it is outside the package',
  ]);
});

test('dial/ may take the types of a socket module', () => {
  expect(violations('packages/core/src/dial/resolve.ts', 'node:dns', { isType: true })).toEqual([]);
});

test('the layers hold for types as they do for values', () => {
  const found = violations('packages/core/src/pool/assign.ts', '../h1/connection.ts', { isType: true });
  expect(found).toEqual(['pool/assign.ts: pool/ may not import h1/']);
});

test('only index.ts may re-export', () => {
  const reexport = { isReexport: true };
  expect(violations('packages/core/src/index.ts', './contract/clock.ts', reexport)).toEqual([]);
  expect(violations('packages/trace/src/opentelemetry/index.ts', './open-telemetry.ts', reexport)).toEqual([]);
  expect(violations('packages/core/src/pool/pool.ts', './assign.ts', reexport)).toEqual([
    "pool/pool.ts: only a package's index.ts may re-export, and this does ./assign.ts",
  ]);
});
