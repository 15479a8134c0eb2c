import { percentile, type Measured } from './measure.ts';

const WIDTH = 760;
const HEIGHT = 390;
const LEFT = 70;
const RIGHT = 730;
const TOP = 70;
const BOTTOM = 350;

const MOST_MS = 1_000;
const LEAST_MS = 5;
/** As 1 in so many is slower: the scale is logarithmic, so that the tail has room. */
const ONE_IN = [2, 10, 100, 1_000];
const COLOURS = ['#b5482f', '#2f6fb5', '#3c8a4f'];

/** The latencies of each percentile, as a picture. */
export function drawLatencies(results: readonly Measured[]): string {
  const title = 'Latency by percentile, of a server of which 1 answer in 100 takes 300 ms';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-labelledby="title">`,
    `<title id="title">${title}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="24" font-size="14" font-weight="600" fill="#1a1a1a">${title}</text>`,
    `<text x="${LEFT}" y="46" fill="#4a4a4a">milliseconds to the end of the body, both scales logarithmic</text>`,
    ...[5, 10, 20, 50, 100, 200, 500, 1_000].map(horizontal),
    ...ONE_IN.map(vertical),
    ...results.map((result, index) => line(result, COLOURS[index] ?? '#000000')),
    ...results.map((result, index) => legend(result, index)),
    '</svg>',
    '',
  ].join('\n');
}

function horizontal(ms: number): string {
  const y = yOf(ms);
  return `<line x1="${LEFT}" y1="${y}" x2="${RIGHT}" y2="${y}" stroke="#e2e2e2"/><text x="${LEFT - 8}" y="${y + 4}" text-anchor="end" fill="#4a4a4a">${ms}</text>`;
}

function vertical(oneIn: number): string {
  const x = xOf(1 - 1 / oneIn);
  const label = `p${Number((100 - 100 / oneIn).toFixed(1))}`;
  return `<line x1="${x}" y1="${TOP}" x2="${x}" y2="${BOTTOM}" stroke="#e2e2e2"/><text x="${x}" y="${BOTTOM + 20}" text-anchor="middle" fill="#4a4a4a">${label}</text>`;
}

function line(result: Measured, colour: string): string {
  const points: string[] = [];
  const most = Math.log10(ONE_IN.at(-1) ?? 1);
  for (let step = 0; step <= 120; step++) {
    const share = 1 - 10 ** -((step / 120) * most);
    if (share >= 0.5) points.push(`${xOf(share)},${yOf(percentile(result, share))}`);
  }
  return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2.5"/>`;
}

function legend({ name, load }: Measured, index: number): string {
  const y = TOP + 20 + index * 22;
  const text = index === 0 ? name : `${name}: ${((load - 1) * 100).toFixed(1)} % more requests`;
  return `<line x1="${LEFT + 16}" y1="${y - 4}" x2="${LEFT + 40}" y2="${y - 4}" stroke="${COLOURS[index]}" stroke-width="2.5"/><text x="${LEFT + 48}" y="${y}" fill="#1a1a1a">${text}</text>`;
}

function xOf(share: number): number {
  const least = Math.log10(ONE_IN[0] ?? 1);
  const most = Math.log10(ONE_IN.at(-1) ?? 1);
  return rounded(LEFT + ((-Math.log10(1 - share) - least) / (most - least)) * (RIGHT - LEFT));
}

function yOf(ms: number): number {
  const within = Math.min(MOST_MS, Math.max(LEAST_MS, ms));
  return rounded(BOTTOM - (Math.log(within / LEAST_MS) / Math.log(MOST_MS / LEAST_MS)) * (BOTTOM - TOP));
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
