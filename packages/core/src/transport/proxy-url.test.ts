import { inspect } from 'node:util';
import { expect, test } from 'vitest';

import { parseProxy } from './proxy-url.ts';

test.for([
  { url: 'http://proxy.test', name: 'http://proxy.test', hostname: 'proxy.test', port: 80 },
  { url: 'HTTP://Proxy.TEST:3128/', name: 'http://proxy.test:3128', hostname: 'proxy.test', port: 3128 },
  { url: 'https://proxy.test', name: 'https://proxy.test', hostname: 'proxy.test', port: 443 },
  { url: 'https://proxy.test:80', name: 'https://proxy.test:80', hostname: 'proxy.test', port: 80 },
  { url: 'proxy.test:3128', name: 'http://proxy.test:3128', hostname: 'proxy.test', port: 3128 },
  { url: 'localhost', name: 'http://localhost', hostname: 'localhost', port: 80 },
  { url: 'localhost:3128', name: 'http://localhost:3128', hostname: 'localhost', port: 3128 },
  { url: '[::1]:3128', name: 'http://[::1]:3128', hostname: '::1', port: 3128 },
  {
    url: 'user:pass@proxy.test:3128',
    name: 'http://proxy.test:3128',
    hostname: 'proxy.test',
    port: 3128,
    username: 'user',
    password: 'pass',
  },
  { url: 'socks5://proxy.test', name: 'socks5://proxy.test', hostname: 'proxy.test', port: 1080 },
  { url: 'socks5://proxy.test:80', name: 'socks5://proxy.test:80', hostname: 'proxy.test', port: 80 },
  { url: 'socks5h://PROXY.test:443', name: 'socks5://proxy.test:443', hostname: 'proxy.test', port: 443 },
  { url: 'socks5://[::1]:9', name: 'socks5://[::1]:9', hostname: '::1', port: 9 },
  { url: 'socks5://bücher.test', name: 'socks5://xn--bcher-kva.test', hostname: 'xn--bcher-kva.test', port: 1080 },
  { url: 'socks5://%75ser:@proxy.test', name: 'socks5://proxy.test', hostname: 'proxy.test', port: 1080, username: 'user', password: '' },
  { url: 'http://:only@proxy.test', name: 'http://proxy.test', hostname: 'proxy.test', port: 80, username: '', password: 'only' },
])('$url is $name', ({ url, name, hostname, port, username, password }) => {
  const proxy = parseProxy(url);
  expect(proxy).toMatchObject({ name, hostname, port });
  expect(proxy.credentials?.username).toBe(username);
  expect(proxy.credentials?.password).toBe(password);
  if (!url.includes('@')) expect(proxy.key).toBe(name);
});

test('a URL object is as good as its text', () => {
  expect(parseProxy(new URL('http://u:p@proxy.test:3128/path?query')).key).toBe(parseProxy('u:p@proxy.test:3128').key);
});

test('who has other credentials has another key, and no key shows them', () => {
  const urls = [
    'http://proxy.test',
    'http://u@proxy.test',
    'http://u:p@proxy.test',
    'http://u:q@proxy.test',
    'http://:up@proxy.test',
    'http://up@proxy.test',
  ];
  const keys = urls.map((url) => parseProxy(url).key);
  expect(new Set(keys).size).toBe(urls.length);
  expect(parseProxy('http://u:p@proxy.test').key).toBe(keys[2]);
  const proxy = parseProxy('http://u5er:s3cret@proxy.test');
  expect(`${inspect(proxy, { showHidden: true, depth: 9, getters: true })}${JSON.stringify(proxy)}${proxy.key}`).not.toMatch(
    /u5er|s3cret|Basic/,
  );
});

test.for([
  { value: '', says: 'invalid proxy URL' },
  { value: 'http://', says: 'invalid proxy URL' },
  { value: 'http://s3cret:s3cret@', says: 'invalid proxy URL' },
  { value: 'http://s3cret@proxy.test:99999', says: 'invalid proxy URL' },
  { value: 'socks5://', says: 'invalid proxy URL' },
  { value: 'socks5:///s3cret', says: 'invalid proxy URL' },
  { value: 'http://s3cret%@proxy.test', says: 'not percent-encoded' },
  { value: 'http://s3cret%ff@proxy.test', says: 'not percent-encoded' },
  { value: 'http://s3cret%3a:x@proxy.test', says: 'has no colon' },
  { value: 'ftp://s3cret@proxy.test', says: 'unsupported proxy scheme "ftp"' },
  { value: 'socks4://s3cret@proxy.test', says: 'unsupported proxy scheme "socks4"' },
  { value: `socks5://${'s3cret'.repeat(50)}@proxy.test`, says: 'SOCKS takes a user name of 1 to 255 bytes' },
  { value: `socks5://s:${'s3cret'.repeat(50)}@proxy.test`, says: 'a password of at most 255' },
  { value: 'socks5://:s3cret@proxy.test', says: 'SOCKS takes a user name of 1 to 255 bytes' },
  { value: 123, says: "expected a proxy's URL, but it is of type number" },
  { value: null, says: "expected a proxy's URL, but it is of type object" },
])('$value is refused, and nothing of it is shown that could be a secret', ({ value, says }) => {
  expect(() => parseProxy(value)).toThrow(TypeError);
  expect(() => parseProxy(value)).toThrow(says);
  expect(() => parseProxy(value)).not.toThrow(/s3cret/);
});
