import { describe, expect, test } from 'vitest';

import { HttpRequest } from '../contract/http-request.ts';
import { proxyBypass } from './proxy-bypass.ts';
import { proxyFromEnvironment } from './proxy-from-environment.ts';

const proxyOf = (env: Record<string, string>, url: string): unknown => proxyFromEnvironment(env)(new HttpRequest(url));

test.for<{ fact: string; env: Record<string, string>; url: string; proxy: string | undefined }>([
  { fact: 'nothing is set', env: {}, url: 'http://a.test/', proxy: undefined },
  { fact: 'HTTP_PROXY is for http:', env: { HTTP_PROXY: 'http://p.test' }, url: 'http://a.test/', proxy: 'http://p.test' },
  { fact: 'it is not for https:', env: { HTTP_PROXY: 'http://p.test' }, url: 'https://a.test/', proxy: undefined },
  { fact: 'HTTPS_PROXY is for https:', env: { HTTPS_PROXY: 'http://p.test' }, url: 'https://a.test/', proxy: 'http://p.test' },
  { fact: 'it is not for http:', env: { HTTPS_PROXY: 'http://p.test' }, url: 'http://a.test/', proxy: undefined },
  { fact: 'lower case is as good', env: { https_proxy: 'p.test:3' }, url: 'https://a.test/', proxy: 'p.test:3' },
  {
    fact: 'lower case wins',
    env: { http_proxy: 'http://l.test', HTTP_PROXY: 'http://u.test' },
    url: 'http://a.test/',
    proxy: 'http://l.test',
  },
  { fact: 'unless it is empty', env: { http_proxy: '', HTTP_PROXY: 'http://u.test' }, url: 'http://a.test/', proxy: 'http://u.test' },
  { fact: 'ALL_PROXY is not Go’s', env: { ALL_PROXY: 'http://p.test' }, url: 'http://a.test/', proxy: undefined },
  { fact: 'NO_PROXY is obeyed', env: { HTTP_PROXY: 'http://p.test', NO_PROXY: 'a.test' }, url: 'http://a.test/', proxy: undefined },
  {
    fact: 'no_proxy wins',
    env: { HTTP_PROXY: 'http://p.test', NO_PROXY: 'a.test', no_proxy: 'b.test' },
    url: 'http://a.test/',
    proxy: 'http://p.test',
  },
  { fact: 'localhost is never proxied', env: { HTTP_PROXY: 'http://p.test' }, url: 'http://localhost:8080/', proxy: undefined },
  {
    fact: 'CGI leaves HTTPS_PROXY',
    env: { HTTPS_PROXY: 'http://p.test', REQUEST_METHOD: 'GET' },
    url: 'https://a.test/',
    proxy: 'http://p.test',
  },
  { fact: 'CGI without a proxy is no matter', env: { REQUEST_METHOD: 'GET' }, url: 'http://a.test/', proxy: undefined },
  { fact: 'SOCKS is a proxy too', env: { HTTPS_PROXY: 'socks5h://p.test' }, url: 'https://a.test/', proxy: 'socks5h://p.test' },
])('$fact', ({ env, url, proxy }) => {
  expect(proxyOf(env, url)).toBe(proxy);
});

test.for(['HTTP_PROXY', 'http_proxy'])('in CGI %s may be what a request has sent, and is refused (CVE-2016-5386)', (name) => {
  const select = proxyFromEnvironment({ [name]: 'http://evil.test', REQUEST_METHOD: 'GET' });
  expect(() => select(new HttpRequest('http://a.test/'))).toThrow(
    new TypeError('HTTP_PROXY is not used in a CGI environment, where a request can set it'),
  );
  expect(select(new HttpRequest('http://localhost/'))).toBe(undefined);
});

test('what is no proxy’s URL is refused at once, by its name and unseen', () => {
  expect(() => proxyFromEnvironment({ HTTPS_PROXY: 'ftp://user:s3cret@p.test' })).toThrow('HTTPS_PROXY: unsupported proxy scheme "ftp"');
  expect(() => proxyFromEnvironment({ http_proxy: 'http://user:s3cret@' })).toThrow(/^HTTP_PROXY: invalid proxy URL/);
});

test('the environment is read once, and is the process’s where none is given', () => {
  const env = { HTTP_PROXY: 'http://p.test' };
  const select = proxyFromEnvironment(env);
  env.HTTP_PROXY = 'http://q.test';
  expect(select(new HttpRequest('http://a.test/'))).toBe('http://p.test');
  process.env['http_proxy'] = 'http://process.test';
  try {
    expect(proxyFromEnvironment()(new HttpRequest('http://a.test/'))).toBe('http://process.test');
  } finally {
    delete process.env['http_proxy'];
  }
});

/** As a request has it. */
function isDirect(list: string, url: string): boolean {
  const { hostname, port } = new HttpRequest(url).target.origin;
  return proxyBypass(list)(hostname, port);
}

describe('Go’s list', () => {
  const list =
    'foobar.com, .barbaz.net, *.wildcard.io, 192.168.1.1, 192.168.1.2:81, 192.168.1.3:80, 10.0.0.0/30, 2001:db8::52:0:1, [2001:db8::52:0:2]:443, [2001:db8::52:0:3]:80, 2002:db8:a::45/64';

  const direct = [
    'localhost',
    '127.0.0.1',
    '127.0.0.2',
    '[::1]',
    '192.168.1.1',
    '192.168.1.3',
    '10.0.0.2',
    '[2001:db8::52:0:1]',
    '[2001:db8::52:0:3]',
    '[2002:db8:a::123]',
    'www.barbaz.net',
    'foobar.com',
    'www.foobar.com',
    'nested.wildcard.io',
  ];
  const proxied = [
    '[::2]',
    '192.168.1.2',
    '192.168.1.4',
    '10.0.0.4',
    '[2001:db8::52:0:2]',
    '[fe80::424b:c8be:1643:a1b6]',
    'barbaz.net',
    'foofoobar.com',
    'baz.com',
    'localhost.net',
    'local.localhost',
    'barbarbaz.net',
    'wildcard.io',
    'awildcard.io',
  ];

  test.for(direct)('has %s reached directly', (host) => {
    expect(isDirect(list, `http://${host}/`)).toBe(true);
  });

  test.for(proxied)('has %s reached by the proxy', (host) => {
    expect(isDirect(list, `http://${host}/`)).toBe(false);
  });
});

test.for<[list: string, url: string, isDirect: boolean]>([
  ['', 'http://localhost./', true],
  ['', 'http://LOCALHOST/', true],
  ['', 'http://0x7f.1/', true],
  ['', 'http://0177.0.0.1/', true],
  ['', 'http://2130706433/', true],
  ['', 'http://127.0.0.1./', true],
  ['', 'http://[::ffff:127.0.0.1]/', true],
  ['', 'http://[0:0:0:0:0:0:0:1]/', true],
  ['', 'http://128.0.0.1/', false],
  ['*', 'http://anything.test/', true],
  ['a.test,*', 'https://anything.test/', true],
  ['a.test', 'http://a.test./', true],
  ['a.test.', 'http://a.test/', true],
  ['A.Test', 'http://sub.a.TEST/', true],
  ['a.test', 'http://nota.test/', false],
  ['.a.test', 'http://a.test/', false],
  ['*.a.test', 'http://x.y.a.test/', true],
  ['a.test:443', 'https://a.test/', true],
  ['a.test:443', 'http://a.test/', false],
  ['.a.test:8080', 'http://x.a.test:8080/', true],
  ['bücher.test', 'http://xn--bcher-kva.test/', true],
  ['xn--bcher-kva.test', 'http://BÜCHER.test/', true],
  ['[2001:db8::1]', 'http://[2001:DB8:0::1]/', true],
  ['2001:db8:0:0::1', 'http://[2001:db8::1]:8080/', true],
  ['[2001:db8::1]:8080', 'http://[2001:db8::1]/', false],
  ['192.0.2.1', 'http://[::ffff:c000:201]/', true],
  ['::ffff:192.0.2.1', 'http://192.0.2.1/', true],
  ['192.0.2.0/24', 'http://[::ffff:192.0.2.9]/', true],
  ['::ffff:192.0.2.0/120', 'http://192.0.2.9/', true],
  ['192.0.2.0/24', 'http://192.0.3.0/', false],
  ['192.0.2.128/25', 'http://192.0.2.127/', false],
  ['0.0.0.0/0', 'http://198.51.100.1/', true],
  ['0.0.0.0/0', 'http://[2001:db8::1]/', false],
  ['0.0.0.0/0', 'http://a.test/', false],
  ['2001:db8::/33', 'http://[2001:db8:8000::1]/', false],
  ['192.0.2.0/33', 'http://192.0.2.0/', false],
  ['0xc0.0.2.1', 'http://192.0.2.1/', true],
  ['192.0.2', 'http://192.0.0.2/', true],
  ['192.0.2.1:81', 'http://192.0.2.1:81/', true],
  [':1, ,,[], a..b, [::, /8, 192.0.2.1', 'http://192.0.2.1/', true],
  [':1, ,,[], [::, /8', 'http://a.test/', false],
  ['a.test b.test\tc.test', 'http://b.test/', true],
])('NO_PROXY=%s, %s: direct is %s, however either is written (GHSA-3p68-rc4w-qgx5)', ([list, url, direct]) => {
  expect(isDirect(list, url)).toBe(direct);
});

test('a zone that looks like a name matches none (CVE-2025-22870)', () => {
  expect(proxyBypass('*.example.com, example.com')('::1%25.example.com', 80)).toBe(false);
});
