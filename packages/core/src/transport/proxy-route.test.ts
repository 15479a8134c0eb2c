import { expect, test } from 'vitest';

import { HttpRequest } from '../contract/http-request.ts';
import { parseTarget } from '../contract/origin.ts';
import { routeFor, routerOf } from './proxy-route.ts';
import { parseProxy } from './proxy-url.ts';

/** Go's TestCacheKeys; a way without a proxy has the key of its origin. */
test.for([
  { proxy: undefined, url: 'http://foo.com/x', key: 'http://foo.com', origin: 'http://foo.com', isForwarded: false },
  { proxy: undefined, url: 'https://foo.com/', key: 'https://foo.com', origin: 'https://foo.com', isForwarded: false },
  {
    proxy: 'http://foo.com',
    url: 'https://foo.com/',
    key: 'http://foo.com|https|foo.com',
    origin: 'https://foo.com',
    isForwarded: false,
  },
  { proxy: 'http://foo.com', url: 'http://foo.com/', key: 'http://foo.com|http|', origin: 'http://foo.com', isForwarded: true },
  { proxy: 'http://foo.com', url: 'http://bar.com:81/', key: 'http://foo.com|http|', origin: 'http://foo.com', isForwarded: true },
  { proxy: 'https://foo.com:8', url: 'http://bar.com/', key: 'https://foo.com:8|http|', origin: 'https://foo.com:8', isForwarded: true },
  {
    proxy: 'socks5://foo.com',
    url: 'http://foo.com/',
    key: 'socks5://foo.com|http|foo.com',
    origin: 'http://foo.com',
    isForwarded: false,
  },
  {
    proxy: 'socks5://foo.com',
    url: 'https://foo.com/',
    key: 'socks5://foo.com|https|foo.com',
    origin: 'https://foo.com',
    isForwarded: false,
  },
  {
    proxy: 'socks5h://foo.com',
    url: 'https://foo.com:8/',
    key: 'socks5://foo.com|https|foo.com:8',
    origin: 'https://foo.com:8',
    isForwarded: false,
  },
])('$url by $proxy has the key $key', ({ proxy, url, key, origin, isForwarded }) => {
  const route = routeFor(parseTarget(url).origin, proxy === undefined ? undefined : parseProxy(proxy));
  expect(route.key).toBe(key);
  expect(route.origin.key).toBe(origin);
  expect(route.isForwarded).toBe(isForwarded);
});

test('credentials are part of the key', () => {
  const { origin } = parseTarget('https://foo.com/');
  const keys = ['http://p.test', 'http://a@p.test', 'http://b@p.test'].map((url) => routeFor(origin, parseProxy(url)).key);
  expect(new Set(keys).size).toBe(3);
});

test('an IPv6 zone is in no URL, so that it is in no key (CVE-2022-27775)', () => {
  expect(() => new HttpRequest('http://[fe80::1%25eth0]/')).toThrow(TypeError);
});

test('a function is asked for each request, and answers with text, a URL or nothing', () => {
  const answers = ['http://a.test', new URL('http://b.test'), null, undefined, 'http://a.test'];
  const asked: string[] = [];
  const routeOf = routerOf((request) => {
    asked.push(request.url.href);
    return answers[asked.length - 1];
  });
  const keys = answers.map((_, at) => routeOf(new HttpRequest(`https://foo.com/${at}`)).key);
  expect(keys).toEqual([
    'http://a.test|https|foo.com',
    'http://b.test|https|foo.com',
    'https://foo.com',
    'https://foo.com',
    'http://a.test|https|foo.com',
  ]);
  expect(asked).toEqual(answers.map((_, at) => `https://foo.com/${at}`));
});

test.for([
  { fact: 'a number', answer: 5, says: "expected a proxy's URL" },
  { fact: 'a promise', answer: Promise.resolve('http://a.test'), says: 'it must answer within the call' },
  { fact: 'a promise that rejects', answer: { reject: true }, says: 'it must answer within the call' },
  { fact: 'a scheme that is no proxy’s', answer: 'gopher://a.test', says: 'unsupported proxy scheme' },
])('an answer that is $fact is a TypeError', ({ answer, says }) => {
  const given = typeof answer === 'object' && 'reject' in answer ? (): unknown => Promise.reject(new Error('late')) : (): unknown => answer;
  const routeOf: unknown = Reflect.apply(routerOf, undefined, [given]);
  if (typeof routeOf !== 'function') throw new Error('there is no router');
  const attempt = (): unknown => Reflect.apply(routeOf, undefined, [new HttpRequest('http://foo.com/')]);
  expect(attempt).toThrow(TypeError);
  expect(attempt).toThrow(says);
});

test('a selector with many answers does not grow for ever', () => {
  let count = 0;
  const routeOf = routerOf(() => `http://p${(count += 1)}.test`);
  const request = new HttpRequest('https://foo.com/');
  for (let at = 1; at <= 250; at++) expect(routeOf(request).key).toBe(`http://p${at}.test|https|foo.com`);
});
