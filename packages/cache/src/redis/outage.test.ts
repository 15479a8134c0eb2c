import { expect, test } from 'vitest';

import { StoreError } from '../store-error.ts';
import { Outage } from './outage.ts';

const away = (cause?: Error): StoreError => new StoreError('unavailable', 'away', { cause });
const refused = (): Error => Object.assign(new Error(`connect ${Math.random()}`), { code: 'ECONNREFUSED' });

test('what nobody has heard is to be said once, and what somebody has heard is not', () => {
  const outage = new Outage();
  const [first, second] = [away(), away(refused())];
  outage.said(first);
  outage.found(away());
  expect(outage.takeUnsaid()).toBeUndefined();
  outage.found(second);
  expect([outage.takeUnsaid(), outage.takeUnsaid()]).toEqual([second, undefined]);
});

test('reasons are the same by the code of their causes, or by what these say', () => {
  const outage = new Outage();
  const said: string[] = [];
  for (const cause of [refused(), refused(), new Error('NOAUTH'), refused(), new Error('NOAUTH'), new Error('WRONGPASS')]) {
    outage.found(away(cause));
    const unsaid = outage.takeUnsaid()?.cause;
    if (unsaid instanceof Error) said.push(unsaid.message.split(' ')[0] ?? '');
  }
  expect(said).toEqual(['connect', 'NOAUTH', 'WRONGPASS']);
});

test('a reason that is another each time is not told for ever', () => {
  const outage = new Outage();
  let told = 0;
  for (let turn = 0; turn < 1_000; turn += 1) {
    outage.found(away(new Error(`${turn}`)));
    if (outage.takeUnsaid() !== undefined) told += 1;
  }
  expect(told).toBe(20);
});

test('the next outage is told anew', () => {
  const outage = new Outage();
  outage.found(away(refused()));
  outage.over();
  expect([outage.takeUnsaid(), outage.options]).toEqual([undefined, undefined]);
  const again = away(refused());
  outage.found(again);
  expect(outage.takeUnsaid()).toBe(again);
});

test('gives the last reason to what comes of it', () => {
  const outage = new Outage();
  const cause = refused();
  outage.said(away());
  expect(outage.options).toMatchObject({ cause: { message: 'away' } });
  outage.found(away(cause));
  expect(outage.options).toEqual({ cause });
});
