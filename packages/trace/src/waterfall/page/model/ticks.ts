import { spanOf, type TimeView } from './time-view.ts';

export interface Tick {
  readonly atMs: number;
  readonly label: string;
}

const SECONDS = { name: 's', ms: 1000 };
const MILLISECONDS = { name: 'ms', ms: 1 };

/** Round times (1, 2 or 5 of a power of ten) at most `most` of which are in view. */
export function ticksOf(view: TimeView, most: number): readonly Tick[] {
  const step = roundStep(spanOf(view) / Math.max(1, most));
  const ticks: Tick[] = [];
  const unit = view.toMs >= 1000 ? SECONDS : MILLISECONDS;
  for (let at = Math.ceil(view.fromMs / step); at * step <= view.toMs; at++) {
    ticks.push({ atMs: at * step, label: tickLabel(at * step, step, unit) });
  }
  return ticks;
}

function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((each) => each * power >= least * 0.999_999) ?? 10;
  return factor * power;
}

/** With as many digits as neighbours need to differ. */
function tickLabel(atMs: number, stepMs: number, { name, ms }: typeof SECONDS): string {
  const digits = Math.max(0, Math.ceil(-Math.log10(stepMs / ms) - 1e-9));
  return `${(atMs / ms).toFixed(digits)} ${name}`;
}
