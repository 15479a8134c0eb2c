/** Like `0.042 ms`, `0.42 ms`, `12.3 ms`, `1.24 s`. @param ms In milliseconds. */
export function formatMs(ms: number): string {
  if (ms < 0.0995) return `${ms.toFixed(3)} ms`;
  if (ms < 9.995) return `${ms.toFixed(2)} ms`;
  if (ms < 99.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${ms.toFixed(0)} ms`;
  return `${significant(ms / 1_000)} s`;
}

/** Like `12 345`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(?:\d{3})+$)/g, ' ');
}

/** Like `512 B`, `1.23 KiB`. */
export function formatBytes(bytes: number): string {
  let [amount, at] = [bytes, 0];
  while (amount >= 1_023.5 && at < UNITS.length - 1) {
    amount /= 1_024;
    at += 1;
  }
  return `${at === 0 ? Math.round(amount) : significant(amount)} ${UNITS[at] ?? ''}`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Like `6 543/s`, `3.21/s`. */
export function formatRate(perSecond: number): string {
  return `${perSecond < 99.95 ? significant(perSecond) : formatCount(perSecond)}/s`;
}

/** Like `1 request`, `2 requests`. */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function significant(value: number): string {
  if (value < 9.995) return value.toFixed(2);
  return value < 99.95 ? value.toFixed(1) : formatCount(value);
}
