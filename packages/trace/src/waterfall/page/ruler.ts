import { element } from './dom.ts';
import { ticksOf } from './model/ticks.ts';
import { spanOf, type TimeView } from './model/time-view.ts';

const TICK_PIXELS = 110;
/** A label has no room after a line that is nearer to the end than this. */
const LABEL_PIXELS = 52;

/** A row of times with a line below each, for the pane it stands over. */
export class Ruler {
  readonly bar: HTMLElement = element('div', { className: 'ruler', attributes: { 'aria-hidden': 'true' } });
  readonly lines: HTMLElement = element('div', { className: 'grid-lines', attributes: { 'aria-hidden': 'true' } });
  readonly #mark: HTMLElement = element('div', { className: 'range-mark' });
  readonly #labels: HTMLElement = element('div');

  constructor() {
    this.#mark.hidden = true;
    this.bar.append(this.#labels, this.#mark);
  }

  draw(view: TimeView, width: number): void {
    const ticks = ticksOf(view, Math.floor(width / TICK_PIXELS));
    const left = (atMs: number): string => `${((atMs - view.fromMs) / spanOf(view)) * width}px`;
    const labelled = ticks.filter(({ atMs }) => ((view.toMs - atMs) / spanOf(view)) * width > LABEL_PIXELS);
    this.#labels.replaceChildren(...labelled.map(({ atMs, label }) => placed(element('span', { text: label }), left(atMs))));
    this.lines.replaceChildren(...ticks.map(({ atMs }) => placed(element('i'), left(atMs))));
  }

  mark(range: { readonly left: number; readonly width: number } | undefined): void {
    this.#mark.hidden = range === undefined;
    if (range === undefined) return;
    this.#mark.style.left = `${range.left}px`;
    this.#mark.style.width = `${range.width}px`;
  }
}

function placed(made: HTMLElement, left: string): HTMLElement {
  made.style.left = left;
  return made;
}
