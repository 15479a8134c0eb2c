import { expect, test } from 'vitest';

import { redactUrl } from './redact-url.ts';
import { secretNames } from './secret-names.ts';

test.for([
  { fact: 'a URL without a query is as it was', url: 'https://example.com/a', shown: 'https://example.com/a' },
  { fact: 'userinfo is left out', url: 'https://user:pa%40ss@example.com/a', shown: 'https://example.com/a' },
  { fact: 'userinfo ends at the last @ of the authority', url: 'https://user:a@b@example.com/', shown: 'https://example.com/' },
  { fact: 'an @ of the path is no end of userinfo', url: 'https://example.com/@me', shown: 'https://example.com/@me' },
  { fact: 'an @ of the query is no end of userinfo', url: 'https://example.com?at=@', shown: 'https://example.com?at=@' },
  { fact: 'a URL that is an authority only', url: 'https://u@example.com', shown: 'https://example.com' },
  { fact: 'the fragment is left out', url: 'https://example.com/?a=1#access_token=x', shown: 'https://example.com/?a=1' },
  {
    fact: 'the value of a signature',
    url: 'https://example.com/path?color=blue&sig=s%2Fecret',
    shown: 'https://example.com/path?color=blue&sig=REDACTED',
  },
  {
    fact: 'AWS: what signs, and whoever signs',
    url: 'https://b/?X-Amz-Algorithm=A&X-Amz-Credential=c&X-Amz-Signature=s&X-Amz-Security-Token=t&AWSAccessKeyId=k&Signature=v',
    shown:
      'https://b/?X-Amz-Algorithm=A&X-Amz-Credential=REDACTED&X-Amz-Signature=REDACTED&X-Amz-Security-Token=REDACTED&AWSAccessKeyId=REDACTED&Signature=REDACTED',
  },
  { fact: 'Google', url: 'https://b/?X-Goog-Signature=s&X-Goog-Date=d', shown: 'https://b/?X-Goog-Signature=REDACTED&X-Goog-Date=d' },
  { fact: 'in any case', url: 'https://b/?ACCESS_token=t', shown: 'https://b/?ACCESS_token=REDACTED' },
  { fact: 'a name that is percent-encoded', url: 'https://b/?%73ig=t', shown: 'https://b/?%73ig=REDACTED' },
  { fact: 'each time it occurs', url: 'https://b/?sig=1&sig=2', shown: 'https://b/?sig=REDACTED&sig=REDACTED' },
  { fact: 'a value with an equals sign', url: 'https://b/?token=a=b', shown: 'https://b/?token=REDACTED' },
  { fact: 'an empty value, too: that it is empty is not told', url: 'https://b/?sig=', shown: 'https://b/?sig=REDACTED' },
  { fact: 'a name without a value has no secret', url: 'https://b/?sig', shown: 'https://b/?sig' },
  { fact: 'a name that only begins so', url: 'https://b/?signal=1', shown: 'https://b/?signal=1' },
  { fact: 'a broken percent-encoding is no known name', url: 'https://b/?%zz=1&%E0=2', shown: 'https://b/?%zz=1&%E0=2' },
  { fact: 'what an OAuth server sends back', url: 'https://b/cb?code=c&state=s', shown: 'https://b/cb?code=REDACTED&state=s' },
  {
    fact: 'a key, a session, a JWT',
    url: 'https://b/?key=k&session_id=s&jwt=j',
    shown: 'https://b/?key=REDACTED&session_id=REDACTED&jwt=REDACTED',
  },
  { fact: 'a name that ends like that of a secret', url: 'https://b/?user[password]=p', shown: 'https://b/?user[password]=REDACTED' },
  { fact: 'a URL within the URL', url: 'https://b/?next=%2Fcb%3Ftoken%3D1&a=b', shown: 'https://b/?next=REDACTED&a=b' },
  { fact: 'a question mark within the query', url: 'https://b/?a=?&sig=?', shown: 'https://b/?a=?&sig=REDACTED' },
])('$fact', ({ url, shown }) => expect(redactUrl(url)).toBe(shown));

test('further names of the caller', () => {
  expect(redactUrl('https://b/?My_Id=x&sig=y&a=z', secretNames([], ['my-id']))).toBe('https://b/?My_Id=REDACTED&sig=REDACTED&a=z');
});
