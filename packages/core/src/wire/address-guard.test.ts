import { expect, test } from 'vitest';

import { AddressRefused, allowedAddresses, type AddressTarget } from './address-guard.ts';

const TARGET = { hostname: 'peer.test', port: 443 };

test.for<{ address: string; asked: string; family: 4 | 6 }>([
  { address: '192.0.2.1', asked: '192.0.2.1', family: 4 },
  { address: '2001:db8::1', asked: '2001:db8::1', family: 6 },
  { address: 'fe80::1%eth0', asked: 'fe80::1%eth0', family: 6 },
  { address: '::ffff:127.0.0.1', asked: '127.0.0.1', family: 4 },
  { address: '::FFFF:7F00:1', asked: '127.0.0.1', family: 4 },
  { address: '0:0:0:0:0:ffff:a9fe:a9fe', asked: '169.254.169.254', family: 4 },
  { address: '::ffff:c000:201%lo', asked: '192.0.2.1', family: 4 },
  { address: '::7f00:1', asked: '::7f00:1', family: 6 },
])('$address is asked for as $asked', ({ address, asked, family }) => {
  const heard: [string, AddressTarget][] = [];
  allowedAddresses(
    [{ address, family }],
    (one, target) => {
      heard.push([one, target]);
      return true;
    },
    TARGET,
  );
  expect(heard).toEqual([[asked, { ...TARGET, family }]]);
});

const BOTH = [
  { address: '192.0.2.1', family: 4 },
  { address: '192.0.2.2', family: 4 },
];

test('what is refused is left out, and the rest keeps its order', () => {
  expect(allowedAddresses(BOTH, (address) => address === '192.0.2.2', TARGET)).toEqual([BOTH[1]]);
  expect(allowedAddresses(BOTH, () => true, TARGET)).toEqual(BOTH);
});

test.for<{ fact: string; allow: (...args: unknown[]) => unknown; cause: unknown }>([
  { fact: 'refuses them all', allow: () => false, cause: undefined },
  { fact: 'answers with something else than true', allow: () => 1, cause: undefined },
  {
    fact: 'throws',
    allow: () => {
      throw new RangeError('no list');
    },
    cause: new RangeError('no list'),
  },
  {
    fact: 'answers with a promise, which is true to a careless eye',
    allow: () => Promise.resolve(true),
    cause: new TypeError('allowAddress gave a promise: it must answer within the call'),
  },
  {
    fact: 'answers with a promise that rejects',
    allow: () => Promise.reject(new Error('later')),
    cause: new TypeError('allowAddress gave a promise: it must answer within the call'),
  },
])('a guard that $fact lets nothing through', ({ allow, cause }) => {
  const attempt = (): unknown => Reflect.apply(allowedAddresses, undefined, [BOTH, allow, TARGET]);
  expect(attempt).toThrow(AddressRefused);
  expect(attempt).toThrow('allowAddress refuses 192.0.2.1, 192.0.2.2');
  let caught: unknown;
  try {
    attempt();
  } catch (error) {
    caught = error instanceof Error ? error.cause : error;
  }
  expect(caught).toEqual(cause);
});
