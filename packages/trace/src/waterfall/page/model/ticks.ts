import { spanOf, type TimeView } from './time-view.ts';

export interface Tick {
  readonly atMs: number;
  readonly label: string;
}

/** Round times (1, 2 or 5 of a power of ten) at most `most` of which are in view. */
export function ticksOf(view: TimeView, most: number): readonly Tick[] {
  const step = roundStep(spanOf(view) / Math.max(1, most));
  const ticks: Tick[] = [];
  for (let at = Math.ceil(view.fromMs / step); at * step <= view.toMs; at++)
    ticks.push({ atMs: at * step, label: tickLabel(at * step, step) });
  return ticks;
}

function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((each) => each * power >= least * 0.999_999) ?? 10;
  return factor * power;
}

/** With as many digits as neighbours need to differ. */
function tickLabel(atMs: number, stepMs: number): string {
  const [value, step, unit] = stepMs >= 100 ? [atMs / 1000, stepMs / 1000, 's'] : [atMs, stepMs, 'ms'];
  const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  return `${value.toFixed(digits)} ${unit}`;
}
