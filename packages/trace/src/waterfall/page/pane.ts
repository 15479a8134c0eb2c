import { element } from './dom.ts';
import type { TimeView } from './model/time-view.ts';
import { RowList, type RowListOptions } from './row-list.ts';
import { Ruler } from './ruler.ts';
import { chooseByDrag, panByDrag, zoomByWheel, type TimeScale } from './time-gestures.ts';

export interface PaneOptions extends RowListOptions {
  readonly className: string;
  readonly headings: readonly string[];
  readonly view: () => TimeView;
  readonly whole: () => TimeView;
  readonly onView: (view: TimeView) => void;
  /** Its room on the screen has changed. */
  readonly onResize: () => void;
  readonly onScroll: () => void;
}

/** Columns of text and, to the right of them, a time axis with a ruler; below it a list of rows that are drawn along both. */
export class Pane {
  readonly root: HTMLElement;
  readonly list: RowList;
  readonly headings: HTMLElement;
  readonly #ruler: Ruler = new Ruler();
  readonly #options: PaneOptions;
  #left = 0;
  #width = 1;
  /** Its room was changed: where the axis is has to be looked up, which makes the browser lay out the page at once. */
  #isMoved = true;

  constructor(options: PaneOptions) {
    this.#options = options;
    this.list = new RowList(options);
    const cells = options.headings.map((text) => element('span', { text }));
    this.headings = element('div', { className: 'headings', attributes: { 'aria-hidden': 'true' } }, ...cells, this.#ruler.bar);
    this.root = element('section', { className: `pane ${options.className}`, attributes: { 'aria-label': options.label } });
    this.root.append(this.headings, this.#ruler.lines, this.list.scroller);
    this.#listen();
  }

  /** How wide the time axis is, in pixels. */
  get axisWidth(): number {
    return this.#width;
  }

  /** The stretch of the screen that is its time axis. */
  scale(): TimeScale {
    const { left } = this.root.getBoundingClientRect();
    return { left: left + this.#left, width: this.#width, view: this.#options.view(), whole: this.#options.whole() };
  }

  draw(): void {
    this.#measure();
    this.#ruler.draw(this.#options.view(), this.#width);
    this.list.refresh();
  }

  /** The ruler's own width is that of the axis: both end where the scroll bar begins. */
  #measure(): void {
    if (!this.#isMoved) return;
    this.#isMoved = false;
    const bar = this.#ruler.bar.getBoundingClientRect();
    this.#left = bar.left - this.root.getBoundingClientRect().left;
    this.#width = Math.max(1, bar.width);
    this.root.style.setProperty('--axis-left', `${this.#left}px`);
    this.root.style.setProperty('--axis-width', `${this.#width}px`);
  }

  #listen(): void {
    const gestures = { scale: () => this.scale(), onView: this.#options.onView };
    zoomByWheel(this.root, gestures);
    panByDrag(this.list.scroller, gestures);
    chooseByDrag(this.#ruler.bar, { ...gestures, onMark: (range) => this.#ruler.mark(range) });
    this.#ruler.bar.addEventListener('dblclick', () => this.#options.onView(this.#options.whole()));
    this.list.scroller.addEventListener('scroll', this.#options.onScroll, { passive: true });
    const observer = new ResizeObserver(() => {
      this.#isMoved = true;
      this.#options.onResize();
    });
    for (const each of [this.root, this.#ruler.bar]) observer.observe(each);
  }
}
