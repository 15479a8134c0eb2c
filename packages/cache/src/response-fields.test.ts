import { HttpHeaders } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { responseFields, type ResponseFields } from './response-fields.ts';

const NAMES: Readonly<Record<Exclude<keyof ResponseFields, 'storable'>, string>> = {
  age: 'Age',
  cacheGroups: 'Cache-Groups',
  connection: 'Connection',
  contentLength: 'Content-Length',
  contentLocation: 'Content-Location',
  contentRange: 'Content-Range',
  date: 'Date',
  etag: 'ETag',
  expires: 'Expires',
  lastModified: 'Last-Modified',
  noVarySearch: 'No-Vary-Search',
  setCookie: 'Set-Cookie',
  vary: 'Vary',
};

test('each field is found under its own name, and null where it is not there', () => {
  const headers = new HttpHeaders(Object.values(NAMES).map((name) => [name, `of ${name}`] as const));
  const { storable, ...fields } = responseFields(headers);
  expect(fields).toEqual(Object.fromEntries(Object.entries(NAMES).map(([key, name]) => [key, `of ${name}`])));
  expect(storable.size).toBe(headers.size - 2);
  const { storable: nothing, ...absent } = responseFields(new HttpHeaders());
  expect(absent).toEqual(Object.fromEntries(Object.keys(NAMES).map((key) => [key, null])));
  expect(nothing.size).toBe(0);
});

test('what belongs to a connection or a proxy is not stored (RFC 9111 §3.1), nor what is said anew each time', () => {
  const names = ['Age', 'Connection', 'Keep-Alive', 'Proxy-Connection', 'TE', 'Transfer-Encoding', 'Upgrade', 'ETag'];
  const proxy = ['Proxy-Authenticate', 'Proxy-Authentication-Info', 'Proxy-Authorization'];
  const headers = new HttpHeaders([...names, ...proxy].map((name) => [name, '1'] as const));
  expect([...responseFields(headers).storable.keys()]).toEqual(['etag']);
});
