import { element, sizedContext } from './dom.ts';
import { formatMs, grouped } from './model/format.ts';
import { spanOf } from './model/time-view.ts';
import { underWay } from './model/under-way.ts';
import type { Page, State } from './page.ts';
import { readPalette } from './palette.ts';
import { chooseByDrag, zoomByWheel, type TimeScale } from './time-gestures.ts';

const HEIGHT = 44;
const BIN_PIXELS = 2;

/** All of the time at once: how many requests were under way and where they failed. What the panes show of it is marked; dragging chooses another part. */
export class Overview {
  readonly root: HTMLElement = element('div', { className: 'overview' });
  readonly #page: Page;
  readonly #caption: HTMLElement = element('div', { className: 'caption' });
  readonly #axis: HTMLElement = element('div', { className: 'axis', attributes: { 'aria-hidden': 'true' } });
  readonly #canvas: HTMLCanvasElement = element('canvas');
  readonly #window: HTMLElement = element('div', { className: 'window' });
  readonly #mark: HTMLElement = element('div', { className: 'range-mark' });
  /** What the picture was drawn of: it is drawn anew only when that is another. */
  #drawn: { readonly shown: State['shown']; readonly width: number } | undefined;

  constructor(page: Page) {
    this.#page = page;
    this.#mark.hidden = true;
    this.#axis.append(this.#canvas, this.#window, this.#mark);
    this.root.append(this.#caption, this.#axis);
    this.#listen();
    page.add((state) => this.#draw(state));
  }

  /** Colours are read anew at the next drawing. */
  forgetColours(): void {
    this.#drawn = undefined;
    this.#page.redraw();
  }

  #listen(): void {
    const gestures = { scale: () => this.#scale(), onView: (clock: State['clock']) => this.#page.setClock(clock) };
    zoomByWheel(this.#axis, { ...gestures, scale: () => ({ ...this.#scale(), view: this.#page.state.clock }) });
    chooseByDrag(this.#axis, { ...gestures, onMark: (range) => this.#markRange(range) });
    this.#axis.addEventListener('dblclick', () => this.#page.setClock(this.#page.model.whole));
    new ResizeObserver(() => this.#page.redraw()).observe(this.#axis);
  }

  #scale(): TimeScale {
    const { left, width } = this.#axis.getBoundingClientRect();
    return { left, width, view: this.#page.model.whole, whole: this.#page.model.whole };
  }

  #markRange(range: { readonly left: number; readonly width: number } | undefined): void {
    this.#mark.hidden = range === undefined;
    if (range === undefined) return;
    this.#mark.style.left = `${range.left}px`;
    this.#mark.style.width = `${range.width}px`;
  }

  #draw(state: State): void {
    const width = this.#axis.clientWidth;
    if (this.#drawn?.shown !== state.shown || this.#drawn.width !== width) this.#drawPicture(state, width);
    this.#drawn = { shown: state.shown, width };
    const { whole } = this.#page.model;
    const left = ((state.clock.fromMs - whole.fromMs) / spanOf(whole)) * width;
    this.#window.style.left = `${left}px`;
    this.#window.style.width = `${Math.max(3, (spanOf(state.clock) / spanOf(whole)) * width)}px`;
    this.#window.hidden = spanOf(state.clock) >= spanOf(whole) * 0.9999;
  }

  #drawPicture({ shown }: State, width: number): void {
    const context = sizedContext(this.#canvas, width, HEIGHT);
    const bins = Math.max(1, Math.floor(width / BIN_PIXELS));
    const { most, failures } = underWay(shown, this.#page.model.whole, bins);
    const peak = Math.max(1, ...most);
    this.#caption.replaceChildren(
      element('b', { text: `At most ${grouped(peak)} at once` }),
      element('span', { text: `in ${formatMs(this.#page.model.data.endMs)}` }),
    );
    if (context === undefined) return;
    const palette = readPalette();
    context.fillStyle = palette.phases[6] ?? palette.accent;
    for (const [bin, count] of most.entries()) {
      const height = count === 0 ? 0 : Math.max(1.5, (count / peak) * (HEIGHT - 10));
      context.fillRect(bin * BIN_PIXELS, HEIGHT - height, BIN_PIXELS, height);
    }
    context.fillStyle = palette.bad;
    for (const [bin, count] of failures.entries()) if (count > 0) context.fillRect(bin * BIN_PIXELS - 0.5, 0, 3, 7);
  }
}
