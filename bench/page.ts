import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SectionName } from './parts.ts';

/** The page with the figures. */
const PAGE = join(import.meta.dirname, '../docs/performance.md');

const BEGIN: Readonly<Record<SectionName, string>> = {
  http1: '<!-- The figures of HTTP/1.1, as npm run bench writes them, from here … -->',
  http2: '<!-- The figures of HTTP/2, as npm run bench writes them, from here … -->',
  cache: '<!-- The figures of the cache, as npm run bench writes them, from here … -->',
};
const END = '<!-- … to here. -->';

/** Puts figures in the place of those that docs/performance.md has of the same section. */
export async function writeFigures(section: SectionName, figures: string): Promise<void> {
  await writeFile(PAGE, withFigures(await readFile(PAGE, 'utf8'), section, figures));
}

/** @throws Error when the page has no place for them. */
export function withFigures(page: string, section: SectionName, figures: string): string {
  const begin = page.indexOf(BEGIN[section]);
  const end = page.indexOf(END, begin);
  if (begin === -1 || end === -1) throw new Error(`docs/performance.md: expected a line "${BEGIN[section]}" and then one "${END}"`);
  return `${page.slice(0, begin + BEGIN[section].length)}\n\n${figures}\n\n${page.slice(end)}`;
}
