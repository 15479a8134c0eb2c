import type { Paint } from './paint.ts';

const LABEL_WIDTH = 10;

/** Lines of a label and what belongs to it; those that have nothing are left out. */
export function labelledLines(rows: readonly (readonly [label: string, text: string])[], paint: Paint): readonly string[] {
  return rows.filter(([, text]) => text !== '').map(([label, text]) => `  ${paint('dim', label.padEnd(LABEL_WIDTH))}  ${text}`);
}

/** The parts that there are, in one line. */
export function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' · ');
}

/** Green, yellow or red, as the first digit has it. */
export function paintedStatus(status: number, paint: Paint): string {
  if (status < 300) return paint('green', String(status));
  return paint(status < 400 ? 'yellow' : 'red', String(status));
}
