import { describe, expect, test } from 'vitest';

import { embeddedJson, htmlText } from './embedded-json.ts';

const HOSTILE = [
  '</script><script>alert(1)</script>',
  '<!--<script>',
  ']]>',
  '&lt;/script&gt;',
  '\u2028\u2029',
  '\ud800',
  String.raw`\u003c/script>`,
  '"\'`${1}',
];

describe('JSON within a script element', () => {
  test.for(HOSTILE)('holds nothing that HTML looks at, and is the same when it is read: %j', (text) => {
    const embedded = embeddedJson({ [text]: text });
    expect(embedded).not.toMatch(/[<>&]/);
    expect(JSON.parse(embedded)).toEqual({ [text]: text });
  });
});

describe('text within HTML', () => {
  test('is text, between tags and within quotes', () =>
    expect(htmlText(`<b title="x">'&'`)).toBe('&#60;b title=&#34;x&#34;&#62;&#39;&#38;&#39;'));
});
