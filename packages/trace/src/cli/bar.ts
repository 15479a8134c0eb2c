/** From one to eight eighths of a cell. */
const EIGHTHS = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/**
 * A bar on a line of `width` cells that stands for 1: from `from` to `to`, to an eighth of a cell at its end. One that is not empty shows. Trailing spaces are left out.
 */
export function bar(from: number, to: number, width: number): string {
  if (!(to > from)) return '';
  const startCell = Math.min(width - 1, Math.max(0, Math.floor(from * width)));
  const eighths = Math.max(1, Math.round(Math.min(1, to) * width * 8) - startCell * 8);
  return ' '.repeat(startCell) + '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[(eighths % 8) - 1] ?? '');
}
