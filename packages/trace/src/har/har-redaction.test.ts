import { expect, test } from 'vitest';

import { readRedaction } from './har-redaction.ts';

const byDefault = readRedaction(undefined);

test.for([
  ['Authorization', 'Bearer abc.def', 'Bearer REDACTED'],
  ['authorization', 'Basic dXNlcjpwYXNz', 'Basic REDACTED'],
  ['Authorization', 'AWS4-HMAC-SHA256 Credential=AKIA/x, Signature=1', 'AWS4-HMAC-SHA256 REDACTED'],
  ['Authorization', 'a-token-without-scheme', 'REDACTED'],
  ['Authorization', 'sesame open', 'REDACTED'],
  ['Proxy-Authorization', 'Digest username="u", response="r"', 'Digest REDACTED'],
  ['Cookie', 'sid=1; theme=dark', 'sid=REDACTED; theme=REDACTED'],
  ['Cookie', 'sid=a=b==; bare', 'sid=REDACTED;REDACTED'],
  ['Set-Cookie', 'sid=1; Path=/; HttpOnly', 'sid=REDACTED; Path=/; HttpOnly'],
  ['set-cookie', 'bare', 'REDACTED'],
  ['X-Api-Key', 'k', 'REDACTED'],
  ['x-goog-api-key', 'k', 'REDACTED'],
  ['apikey', 'k', 'REDACTED'],
  ['Ocp-Apim-Subscription-Key', 'k', 'REDACTED'],
  ['X-Amz-Security-Token', 't', 'REDACTED'],
  ['X-CSRF-Token', 't', 'REDACTED'],
  ['X-Vault-Token', 't', 'REDACTED'],
  ['Private-Token', 't', 'REDACTED'],
  ['CF-Access-Client-Secret', 's', 'REDACTED'],
  ['Cf-Access-Jwt-Assertion', 'j', 'REDACTED'],
  ['X-Auth', 'a', 'REDACTED'],
  ['X-Auth-Key', 'a', 'REDACTED'],
  ['X-Functions-Key', 'a', 'REDACTED'],
  ['DPoP', 'eyJ', 'REDACTED'],
  ['Signature', 'sig1=:abc=:', 'REDACTED'],
  ['X-Session-Id', 's', 'REDACTED'],
  ['x-amzn-oidc-data', 's', 'REDACTED'],
  ['Authentication-Info', 'nextnonce="1"', 'REDACTED'],
  ['Location', '/cb?code=1&state=2#access_token=3', '/cb?code=REDACTED&state=2#access_token=REDACTED'],
  ['Location', 'https://u:p@example.com/a', 'https://example.com/a'],
  ['Location', '//u:p@q@example.com/a', '//example.com/a'],
  ['Referer', 'https://example.com/?X-Amz-Signature=1&a=b', 'https://example.com/?X-Amz-Signature=REDACTED&a=b'],
  ['Link', '<https://example.com/?page=2&access_token=t>; rel="next"', '<https://example.com/?page=2&access_token=REDACTED>; rel="next"'],
  [':path', '/a?sig=1', '/a?sig=REDACTED'],
] as const)('of %s: %s only %s is left', ([name, value, left]) => expect(byDefault.header(name, value)).toBe(left));

test.for([
  ['Accept', 'text/html'],
  ['Content-Type', 'application/json; charset=utf-8'],
  ['Idempotency-Key', '17'],
  ['Sec-WebSocket-Key', 'x'],
  ['X-RateLimit-Remaining-Tokens', '17'],
  ['ETag', '"abc"'],
  ['WWW-Authenticate', 'Bearer realm="x"'],
  ['Location', '/a?page=2&monkey=3#top'],
  ['User-Agent', 'me@example.com'],
] as const)('%s: %s is left as it is', ([name, value]) => expect(byDefault.header(name, value)).toBe(value));

test.for([
  ['http://example.com/a?token=1', 'http://example.com/a?token=REDACTED'],
  ['http://example.com/a?api%5Fkey=1&x=2', 'http://example.com/a?api%5Fkey=REDACTED&x=2'],
  ['http://example.com/a?clientSecret=1', 'http://example.com/a?clientSecret=REDACTED'],
  ['http://example.com/a?user%5Bpassword%5D=1', 'http://example.com/a?user%5Bpassword%5D=REDACTED'],
  ['http://example.com/a?sig=a%2Bb%3D%3D', 'http://example.com/a?sig=REDACTED'],
  ['http://example.com/a?x=1?key=2', 'http://example.com/a?x=1?key=REDACTED'],
  ['http://example.com/a?%E0%A4%A=1&token=2', 'http://example.com/a?%E0%A4%A=1&token=REDACTED'],
  ['http://example.com/a?token=1?2', 'http://example.com/a?token=REDACTED'],
  ['http://example.com/a?next=/b?token=1&x=2', 'http://example.com/a?next=/b?token=REDACTED&x=2'],
  ['http://example.com/a?next=%2Fb%3Ftoken%3D1&x=2', 'http://example.com/a?next=REDACTED&x=2'],
  ['http://example.com/a?next=%2Fb%3Fpage%3D1&x=2', 'http://example.com/a?next=%2Fb%3Fpage%3D1&x=2'],
  ['http://example.com/a?key=', 'http://example.com/a?key=REDACTED'],
  ['http://example.com/a?keys=1&token', 'http://example.com/a?keys=1&token'],
] as const)('the URL %s becomes %s', ([url, left]) => expect(byDefault.url(url)).toBe(left));

test.for([
  ['application/x-www-form-urlencoded', 'grant_type=password&username=u&password=p%20', 'grant_type=password&username=u&password=REDACTED'],
  ['application/json', '{"access_token":"a","n":1}', '{"access_token":"REDACTED","n":1}'],
  ['application/json', '{"user":{"password" : "a\\"b"},"x":"password"}', '{"user":{"password" : "REDACTED"},"x":"password"}'],
  ['application/json', '{"pin_token":1234,"code":"not-found"}', '{"pin_token":"REDACTED","code":"not-found"}'],
  ['application/json', '["token:",{"a":"token","token":"t"}]', '["token:",{"a":"token","token":"REDACTED"}]'],
  ['application/json', '{"token":"ends in \\', '{"token":"REDACTED"'],
  ['application/json', '{"tok', '{"tok'],
  ['application/problem+json', '{"clientSecret":"cut off he', '{"clientSecret":"REDACTED"'],
  ['application/json', '{"tokens":["a"],"token":{"id":"b"}}', '{"tokens":["a"],"token":{"id":"b"}}'],
  ['text/html', 'password=1', 'password=1'],
] as const)('of a body of %s, %s becomes %s', ([type, body, left]) => expect(byDefault.body(type, body)).toBe(left));

test('names of the caller are secret too, however they are written', () => {
  const redaction = readRedaction({ headers: ['X-Customer'], parameters: ['account_no'] });
  expect(redaction.header('x-customer', 'c')).toBe('REDACTED');
  expect(redaction.header('X-Other', 'c')).toBe('c');
  expect(redaction.url('http://h/?accountNo=1&no=2')).toBe('http://h/?accountNo=REDACTED&no=2');
  expect(redaction.body('application/json', '{"account-no":"1"}')).toBe('{"account-no":"REDACTED"}');
});

test('nothing is left out where nothing is to be', () => {
  const redaction = readRedaction(false);
  expect(redaction.header('Authorization', 'Bearer a')).toBe('Bearer a');
  expect(redaction.url('http://h/?token=1')).toBe('http://h/?token=1');
  expect(redaction.cookie('a')).toBe('a');
  expect(redaction.body('application/json', '{"token":"a"}')).toBe('{"token":"a"}');
});

test('an option that is none is refused: what it should redact would be written', () => {
  const misspelt: object = { header: ['X-Customer'] };
  expect(() => readRedaction(misspelt)).toThrow(new TypeError('invalid redact options: unknown option "header"'));
  const wrong: object = { headers: 'X-Customer' };
  expect(() => readRedaction(wrong)).toThrow(new TypeError('invalid redact options: headers: expected an array of strings'));
});

test('a text made to be slow is not', () => {
  const hostile = [
    '"\\'.repeat(50_000),
    '?'.repeat(100_000),
    '//'.repeat(50_000),
    '"a":'.repeat(25_000),
    '"a" '.repeat(25_000),
    '&a'.repeat(50_000),
    '?a=%'.repeat(25_000),
    `"a"${' '.repeat(100_000)}`,
  ];
  for (const text of hostile) {
    expect(byDefault.body('application/json', text)).toBe(text);
    expect(byDefault.header('Location', text)).toBe(text);
  }
});
