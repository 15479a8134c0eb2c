/** From one to eight eighths of a cell. */
const EIGHTHS = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/**
 * A bar on a line of `width` cells that stands for 1: from `from` to `to`. Its length is right to an eighth of a cell, its place to half of one; what is not
 * empty shows. Trailing spaces are left out.
 */
export function bar(from: number, to: number, width: number): string {
  if (!(to > from)) return '';
  const eighths = Math.min(width * 8, Math.max(1, Math.round((to - from) * width * 8)));
  const startCell = Math.max(0, Math.min(Math.round(from * width), width - Math.ceil(eighths / 8)));
  return ' '.repeat(startCell) + '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[(eighths % 8) - 1] ?? '');
}
