/** Draws docs/guide/images/retry-budget.svg: `node --conditions=source packages/retry/test/draw-outage.ts` from the workspace's root. */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import { OUTAGE, SECONDS, simulateOutage, type Load } from './outage.ts';

/** A simulated outage with each of the strategies. */
export interface Outages {
  readonly none: Load;
  readonly shared: Load;
  readonly own: Load;
}

const WIDTH = 760;
const HEIGHT = 400;
const PLOT = { left: 70, right: 740, top: 60, bottom: 330 };
const MOST = 4_500;

/** The load on the server over time, as a picture that reads on light and dark grounds. */
export function drawOutage({ none, shared, own }: Outages): string {
  const { left, right, top, bottom } = PLOT;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-labelledby="title">
<title id="title">Requests a second that reach a server which fails from second ${OUTAGE.fromSecond} to ${OUTAGE.toSecond}, by the retry budget of its clients</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
<text x="${left}" y="24" font-size="14" font-weight="600" fill="#1a1a1a">Requests a second at the server: 1 000 clients, one a second each, up to 3 retries</text>
<rect x="${xOf(OUTAGE.fromSecond)}" y="${top}" width="${xOf(OUTAGE.toSecond) - xOf(OUTAGE.fromSecond)}" height="${bottom - top}" fill="#f6e3e0"/>
<text x="${(xOf(OUTAGE.fromSecond) + xOf(OUTAGE.toSecond)) / 2}" y="${top - 8}" text-anchor="middle" fill="#8a2f20">the server answers 503</text>
${grid()}
${line(none.attempts, '#c0392b', 2.5)}
${line(shared.attempts, '#1f6fb2', 2.5)}
${line(own.attempts, '#3a8a3f', 2)}
${line(none.requests, '#1a1a1a', 1.5, '5 4')}
<line x1="${left}" y1="${bottom}" x2="${right}" y2="${bottom}" stroke="#1a1a1a"/>
${legend()}
</svg>
`;
}

function grid(): string {
  const { left, right, bottom } = PLOT;
  const rows = [0, 1_000, 2_000, 3_000, 4_000].map(
    (count) =>
      `<line x1="${left}" y1="${yOf(count)}" x2="${right}" y2="${yOf(count)}" stroke="#d8d8d8"/><text x="${left - 8}" y="${yOf(count) + 4}" text-anchor="end" fill="#4a4a4a">${count}</text>`,
  );
  const columns = [0, 10, 20, 30, 40, 50, 60].map(
    (second) => `<text x="${xOf(second)}" y="${bottom + 18}" text-anchor="middle" fill="#4a4a4a">${second} s</text>`,
  );
  return [...rows, ...columns].join('\n');
}

/** Each second's count as a step. */
function line(counts: readonly number[], colour: string, width: number, dashes = 'none'): string {
  const points = counts.flatMap((count, second) => [`${xOf(second)},${yOf(count)}`, `${xOf(second + 1)},${yOf(count)}`]);
  return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-dasharray="${dashes}" stroke-linejoin="round"/>`;
}

/** Where its entries begin. */
const LEGEND: readonly number[] = [0, 110, 295, 510];

function legend(): string {
  const entries = [
    { colour: '#c0392b', text: 'no budget' },
    { colour: '#1f6fb2', text: 'retryBudget(), shared' },
    { colour: '#3a8a3f', text: 'tokenThrottle(), one each' },
    { colour: '#1a1a1a', text: 'what the clients want', dashes: '5 4' },
  ];
  return entries
    .map(({ colour, text, dashes = 'none' }, index) => {
      const x = PLOT.left + (LEGEND[index] ?? 0);
      return `<line x1="${x}" y1="376" x2="${x + 22}" y2="376" stroke="${colour}" stroke-width="2.5" stroke-dasharray="${dashes}"/><text x="${x + 28}" y="380" fill="#1a1a1a">${text}</text>`;
    })
    .join('\n');
}

function xOf(second: number): number {
  return rounded(PLOT.left + (second / SECONDS) * (PLOT.right - PLOT.left));
}

function yOf(count: number): number {
  return rounded(PLOT.bottom - (count / MOST) * (PLOT.bottom - PLOT.top));
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const seed = 20_260_101;
  const outages = {
    none: await simulateOutage('no budget', seed),
    shared: await simulateOutage('one budget', seed),
    own: await simulateOutage('own throttles', seed),
  };
  writeFileSync(new URL('../../../docs/guide/images/retry-budget.svg', import.meta.url), drawOutage(outages));
}
