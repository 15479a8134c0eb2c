import { expect, test } from 'vitest';

import { documentEntries, documentFoot, documentHead, repairHar } from './har-document.ts';

const head = documentHead({ name: 'a', version: '1' });
const entries = ['{"a":"}]"}', '{"b":1}', '{"c":{}}'];
const whole = head + documentEntries(entries, true) + documentFoot('');

test('a document cut off anywhere behind its head is made whole, with every entry that is', () => {
  for (let end = head.length; end <= whole.length; end++) {
    const text = whole.slice(0, end);
    const log: unknown = Reflect.get(JSON.parse(repairHar(text)), 'log');
    const kept = entries.filter((entry) => text.includes(entry));
    expect(log).toMatchObject({ version: '1.2', entries: kept.map((entry): unknown => JSON.parse(entry)) });
  }
});

test('one that is whole is given back as it is', () => expect(repairHar(whole)).toBe(whole));

test('what was cut off within a new batch over the old foot keeps what was before', () => {
  const text = head + documentEntries(entries, true) + documentEntries(['{"d":4}'], false).slice(0, 4);
  const log: unknown = Reflect.get(Object(JSON.parse(repairHar(text))), 'log');
  const comment = 'the recording was cut off; what was whole of it was kept';
  expect(log).toMatchObject({ entries: entries.map((entry): unknown => JSON.parse(entry)), comment });
});

test.for(['', '{"log"', head.slice(0, -1), 'something else\n{}'])('%s is no such document', (text) => {
  expect(() => repairHar(text)).toThrow(TypeError);
});
