/** Three digits that say something: `0.42 ms`, `4.21 ms`, `42.1 ms`, `421 ms`, `4.21 s`, `72.0 s`. */
export function formatMs(ms: number): string {
  if (ms >= 999.5) return `${threeDigits(ms / 1000)} s`;
  return `${ms < 1 ? ms.toFixed(2) : threeDigits(ms)} ms`;
}

function threeDigits(value: number): string {
  if (value < 9.995) return value.toFixed(2);
  return value < 99.95 ? value.toFixed(1) : grouped(Math.round(value));
}

/** For a column of numbers: milliseconds with one digit after the point, so that points stand below each other. */
export function columnMs(ms: number): string {
  const [whole = '', tenths = ''] = ms.toFixed(1).split('.');
  return `${grouped(Number(whole))}.${tenths}`;
}

/** Thousands apart, by a space that does not break: `5 000`. */
export function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, '\u202f');
}

export function formatShare(part: number, whole: number): string {
  if (whole === 0) return '–';
  const percent = (part / whole) * 100;
  // Not all, and not none, must not be read as all or none.
  if (percent > 0 && percent < 0.1) return '< 0.1 %';
  if (percent < 100 && percent > 99.9) return '> 99.9 %';
  return `${percent === 100 || percent === 0 ? percent : percent.toFixed(1)} %`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const kibibytes = bytes / 1024;
  return kibibytes < 1024 ? `${threeDigits(kibibytes)} KiB` : `${threeDigits(kibibytes / 1024)} MiB`;
}

export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}
