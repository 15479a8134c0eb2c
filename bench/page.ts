import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The page with the figures. */
const PAGE = join(import.meta.dirname, '../docs/performance.md');

const BEGIN = '<!-- The figures, as npm run bench writes them, from here … -->';
const END = '<!-- … to here. -->';

/** Puts figures in the place of those that docs/performance.md has. */
export async function writeFigures(figures: string): Promise<void> {
  await writeFile(PAGE, withFigures(await readFile(PAGE, 'utf8'), figures));
}

/** @throws Error when the page has no place for them. */
export function withFigures(page: string, figures: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`docs/performance.md: expected a line "${BEGIN}" and then one "${END}"`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${figures}\n\n${page.slice(end)}`;
}
