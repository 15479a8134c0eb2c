import type { HttpRequest, HttpRequestInit } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { gate, origin, setUp, type Scripted } from '../test/set-up.ts';
import type { CacheMode } from './index.ts';

type Fields = Record<string, string>;

const TAG = { ETag: '"1"' };

test.for<[CacheMode, 'GET' | 'HEAD', string]>([
  ['private', 'GET', 'authorization'],
  ['private', 'GET', 'cookie'],
  ['private', 'HEAD', 'authorization'],
  ['private', 'HEAD', 'cookie'],
  ['shared', 'GET', 'authorization'],
  ['shared', 'HEAD', 'authorization'],
])('RFC 9111 §3.5: in a %s cache what a %s with %s is answered changes nothing that is for everybody', async ([mode, method, name]) => {
  const own = { ...TAG, 'Cache-Control': 'max-age=100', 'X-Account': 'anna' };
  const next = origin(
    { headers: { ...TAG, 'Cache-Control': 'max-age=10' }, body: 'public' },
    method === 'GET' ? { status: 304, headers: own } : { headers: own },
    { status: 304, headers: TAG },
  );
  const { clock, send } = setUp(next, { mode });
  await (await send()).text();
  await clock.advance(20_000);
  const hers = await send({ method, headers: { [name]: 'anna' } });
  expect([hers.status, await hers.text(), hers.headers.get('x-account')]).toEqual([200, method === 'GET' ? 'public' : '', 'anna']);
  const others = await send();
  expect([await others.text(), others.headers.get('x-account'), next.requests.length]).toEqual(['public', null, 3]);
});

test('what a shared cache may give to others of an answer to credentials does change what is stored', async () => {
  const next = origin(
    { headers: { ...TAG, 'Cache-Control': 'max-age=10' }, body: 'x' },
    { status: 304, headers: { ...TAG, 'Cache-Control': 'public, max-age=100', 'X-New': '1' } },
  );
  const { clock, send } = setUp(next, { mode: 'shared' });
  await (await send()).text();
  await clock.advance(20_000);
  await (await send({ headers: { Authorization: 'anna' } })).text();
  const others = await send();
  expect([await others.text(), others.headers.get('x-new'), next.requests.length]).toEqual(['x', '1', 2]);
});

test('those who wait for a 304 that is for its asker alone ask for themselves', async () => {
  const open = gate();
  const next = origin(
    { headers: { ...TAG, 'Cache-Control': 'max-age=10' }, body: 'x' },
    async () => {
      await open.opened;
      return { status: 304, headers: { ...TAG, 'X-Account': 'anna' } };
    },
    { status: 304, headers: { ...TAG, 'X-Account': 'nobody' } },
  );
  const { clock, send } = setUp(next, { mode: 'shared' });
  await (await send()).text();
  await clock.advance(20_000);
  const hers = send({ headers: { Authorization: 'anna' } });
  const others = send();
  open.open();
  const told = [await hers, await others].map((response) => response.headers.get('x-account'));
  expect([told, next.requests.length]).toEqual([['anna', 'nobody'], 3]);
});

test.for<[string, CacheMode, Fields, Fields, string]>([
  ['what is stored keeps out', 'shared', { 'Cache-Control': 'max-age=10, private="x-user"' }, { 'X-User': 'ben' }, 'x-user'],
  [
    'the 304 keeps out',
    'shared',
    { 'Cache-Control': 'max-age=10', 'X-User': 'ann' },
    { 'Cache-Control': 'max-age=10, private="x-user"' },
    'x-user',
  ],
  ['what is stored has asked about', 'private', { 'Cache-Control': 'max-age=10, no-cache="x-token"' }, { 'X-Token': '2' }, 'x-token'],
  [
    'the 304 has asked about',
    'private',
    { 'Cache-Control': 'max-age=10', 'X-Token': '1' },
    { 'Cache-Control': 'max-age=10, no-cache="x-token"' },
    'x-token',
  ],
])('RFC 9111 §5.2.2.4, §5.2.2.7: after a 304 a field that %s is not stored', async ([, mode, before, then, name]) => {
  const next = origin({ headers: { ...TAG, ...before }, body: 'x' }, { status: 304, headers: { ...TAG, ...then } });
  const { clock, send } = setUp(next, { mode });
  await (await send()).text();
  await clock.advance(20_000);
  await (await send()).text();
  const response = await send();
  expect([await response.text(), response.headers.get(name), next.requests.length]).toEqual(['x', null, 2]);
});

test.for<'GET' | 'HEAD'>(['GET', 'HEAD'])('a slow %s does not undo what a later 304 has said', async (method) => {
  const open = gate();
  const slow = async (): Promise<Scripted> => {
    await open.opened;
    return { status: method === 'GET' ? 304 : 200, headers: TAG };
  };
  const next = origin(
    { headers: { ...TAG, 'Cache-Control': 'max-age=1000' }, body: 'x' },
    slow,
    { status: 304, headers: { ...TAG, 'Cache-Control': 'no-cache' } },
    { status: 304, headers: TAG },
  );
  const { httpCache, send } = setUp(next);
  await (await send()).text();
  const first = send({ method, headers: { 'Cache-Control': 'no-cache' } });
  await (await send({ headers: { 'Cache-Control': 'max-age=0' } })).text();
  open.open();
  await (await first).text();
  const [inspected] = await httpCache.inspect('http://example.com/a');
  expect(inspected?.state).toBe('always-validated');
  await (await send()).text();
  expect(next.requests.length).toBe(4);
});

test('variants of which each is asked about with the other’s tag stay two', async () => {
  const variant = ({ headers }: HttpRequest): Scripted => {
    const language = headers.get('accept-language') ?? '';
    const fields = { 'Cache-Control': 'max-age=1000', 'Vary': 'Accept-Language', 'ETag': '"both"' };
    return headers.get('if-none-match') === null ? { headers: fields, body: language } : { status: 304, headers: fields };
  };
  const next = origin(variant);
  const { send } = setUp(next);
  const ask = async (language: string): Promise<string> => (await send({ headers: { 'Accept-Language': language } })).text();
  const said: string[] = [];
  for (const language of ['en', 'en', 'de', 'en', 'en']) said.push(await ask(language));
  expect([said, next.requests.length]).toEqual([['en', 'en', 'en', 'en', 'en'], 2]);
});

test.for<[string, HttpRequestInit]>([
  ['no-store', { headers: { 'Cache-Control': 'no-store' } }],
  ['an unreadable Cache-Control', { headers: { 'Cache-Control': 'max-age=1 0' } }],
  ['another Host', { headers: { Host: 'other.example' } }],
  ['a host of its own', { host: 'other.example' }],
])('what a POST with %s is answered is not stored for GET', async ([, init]) => {
  const answer = { headers: { 'Cache-Control': 'max-age=100', 'Content-Location': '/a' }, body: 'posted' };
  const next = origin(answer, { headers: { 'Cache-Control': 'max-age=100' }, body: 'got' });
  const { send } = setUp(next);
  await (await send({ method: 'POST', body: 'x', ...init })).text();
  expect(await (await send()).text()).toBe('got');
});

test.for<[number, HttpRequestInit]>([
  [401, {}],
  [412, { headers: { 'If-Match': '"nonsense"' } }],
  [412, { headers: { 'If-Unmodified-Since': 'Mon, 01 Jan 1990 00:00:00 GMT' } }],
  [417, { headers: { Expect: 'x' } }],
  [422, { method: 'POST', body: 'x' }],
])('a %i is about the request that got it, and nobody else gets it', async ([status, init]) => {
  const failure = { status, headers: { 'Cache-Control': 'max-age=100', 'Content-Location': '/a' }, body: 'failed' };
  const next = origin(failure, { body: 'ok' });
  const { send } = setUp(next, { mode: 'shared' });
  await (await send(init)).text();
  expect(await (await send()).text()).toBe('ok');
});
