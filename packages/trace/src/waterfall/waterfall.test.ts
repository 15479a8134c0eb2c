import { createHash } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { waterfall } from './waterfall.ts';

const NOTHING = { exchanges: [], connections: [] };
const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

describe('the page of a waterfall', () => {
  test('forbids every load, and every script and style but its own', () => {
    const page = waterfall(NOTHING);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1];
    const script = /<script type="module">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
    const style = /<style>(.*?)<\/style>/s.exec(page)?.[1] ?? '';
    expect(policy).toBe(
      `default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; script-src '${hashOf(script)}'; style-src '${hashOf(style)}'`,
    );
  });

  test('names no address to load from', () => expect(waterfall(NOTHING)).not.toMatch(/\b(?:src|href)="(?!data:,")|@import|url\(/));

  test('has its title as text', () => {
    const page = waterfall(NOTHING, { title: '</title><script>alert(1)</script>' });
    expect(page).toContain('<title>&#60;/title&#62;&#60;script&#62;alert(1)&#60;/script&#62;</title>');
    expect(page.match(/<script/g)).toHaveLength(2);
  });

  test('is called Waterfall where it has no title', () => expect(waterfall(NOTHING)).toContain('<title>Waterfall</title>'));
});
