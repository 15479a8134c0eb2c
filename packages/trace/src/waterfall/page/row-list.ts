import { element } from './dom.ts';
import { rowsBetween, topsOf, type RowRange } from './model/row-range.ts';

const SPARE_ROWS = 8;

export interface RowListOptions {
  readonly label: string;
  /** Makes an empty row; it is used for one line after another. */
  readonly create: () => HTMLElement;
  /** Fills a row for a line. */
  readonly fill: (row: HTMLElement, line: number) => void;
  /** The user chose a line, by Enter. */
  readonly onChoose: (line: number) => void;
  /** The user went to a line by the keyboard. */
  readonly onVisit: (line: number, row: HTMLElement) => void;
}

/**
 * A list of any length of which only the rows in view exist. To a screen reader it is a list box: each row says which of how many it is. The arrow keys, Page Up, Page
 * Down, Home and End go from line to line.
 */
export class RowList {
  readonly scroller: HTMLElement;
  readonly #content: HTMLElement;
  readonly #options: RowListOptions;
  readonly #rows = new Map<number, HTMLElement>();
  readonly #spare: HTMLElement[] = [];
  #tops: readonly number[] = [0];
  #active = -1;

  constructor(options: RowListOptions) {
    this.#options = options;
    this.#content = element('div', { className: 'rows' });
    const attributes = { 'tabindex': '0', 'aria-label': options.label };
    this.scroller = element('div', { className: 'scroller', role: 'listbox', attributes }, this.#content);
    this.scroller.addEventListener('scroll', () => this.#show(false), { passive: true });
    this.scroller.addEventListener('keydown', (event) => this.#onKey(event));
    this.scroller.addEventListener('focus', () => this.#go(Math.max(0, this.#active), false));
  }

  get length(): number {
    return this.#tops.length - 1;
  }

  /** There is a line for each of these heights from now on. */
  resize(heights: readonly number[]): void {
    this.#tops = topsOf(heights);
    const height = `${this.#tops.at(-1) ?? 0}px`;
    if (this.#content.style.height !== height) this.#content.style.height = height;
    if (this.#active >= this.length) this.#active = -1;
  }

  /** Draws what is in view anew. */
  refresh(): void {
    this.#show(true);
  }

  /** The lines that can be seen, wholly or in part. */
  inView(): RowRange {
    const { scrollTop, clientHeight } = this.scroller;
    return rowsBetween(this.#tops, scrollTop, scrollTop + clientHeight, 0);
  }

  /** Where the keyboard is; -1 where it is nowhere. */
  get active(): number {
    return this.#active;
  }

  /** Moves the keyboard's place to a line, and the line into view. */
  reveal(line: number): void {
    if (line < 0 || line >= this.length) return;
    this.#active = line;
    const top = this.#tops[line] ?? 0;
    const bottom = this.#tops[line + 1] ?? top;
    const { scrollTop, clientHeight } = this.scroller;
    if (top < scrollTop || bottom > scrollTop + clientHeight) this.scroller.scrollTop = Math.max(0, (top + bottom - clientHeight) / 2);
    this.#show(true);
  }

  #show(isChanged: boolean): void {
    const { scrollTop, clientHeight } = this.scroller;
    const { from, to } = rowsBetween(this.#tops, scrollTop, scrollTop + clientHeight, SPARE_ROWS);
    for (const [line, row] of this.#rows) {
      if (line >= from && line < to) continue;
      this.#rows.delete(line);
      this.#spare.push(row);
    }
    for (let line = from; line < to; line++) this.#showLine(line, isChanged);
    // Those that found no use stay out of sight, and are taken before new ones are made.
    for (const row of this.#spare) row.hidden = true;
    const active = this.#rows.get(this.#active);
    if (active === undefined) this.scroller.removeAttribute('aria-activedescendant');
    else this.scroller.setAttribute('aria-activedescendant', active.id);
  }

  #showLine(line: number, isChanged: boolean): void {
    const known = this.#rows.get(line);
    if (known !== undefined && !isChanged) return;
    const row = known ?? this.#takeRow();
    this.#rows.set(line, row);
    const top = this.#tops[line] ?? 0;
    row.style.transform = `translateY(${top}px)`;
    row.style.height = `${(this.#tops[line + 1] ?? top) - top}px`;
    row.dataset['line'] = String(line);
    row.setAttribute('aria-posinset', String(line + 1));
    row.setAttribute('aria-setsize', String(this.length));
    row.classList.toggle('active', line === this.#active);
    this.#options.fill(row, line);
  }

  #takeRow(): HTMLElement {
    const used = this.#spare.pop();
    if (used !== undefined) {
      used.hidden = false;
      return used;
    }
    const row = this.#options.create();
    row.setAttribute('role', 'option');
    row.id = `${this.#options.label.toLowerCase()}-${this.#content.childElementCount}`;
    this.#content.append(row);
    return row;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((this.scroller.clientHeight / Math.max(1, this.#tops.at(-1) ?? 1)) * this.length) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    };
    const step = steps[event.key];
    if (step !== undefined) this.#go(Math.min(this.length - 1, Math.max(0, this.#active + step)), true);
    else if (event.key === 'Enter' && this.#active >= 0) this.#options.onChoose(this.#active);
    else return;
    event.preventDefault();
  }

  #go(line: number, isVisit: boolean): void {
    this.reveal(line);
    const row = this.#rows.get(line);
    if (isVisit && row !== undefined) this.#options.onVisit(line, row);
  }
}
