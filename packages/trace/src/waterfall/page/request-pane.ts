import { closestOf } from './dom.ts';
import { exchangeDetails } from './model/details.ts';
import type { ExchangeFacts } from './model/exchange-facts.ts';
import { viewBetween, type TimeView } from './model/time-view.ts';
import { viewOfRows } from './model/view-of-rows.ts';
import type { Page, State } from './page.ts';
import { Pane } from './pane.ts';
import { createRequestRow, fillRequestRow } from './request-row.ts';
import type { Tooltip } from './tooltip.ts';

const ROW_HEIGHT = 24;

/** A row for each request that is shown. */
export class RequestPane {
  readonly pane: Pane;
  readonly #page: Page;
  readonly #tooltip: Tooltip;
  /** The places of requests on the selected connection. */
  #related: ReadonlySet<number> = new Set();
  #selection: State['selection'] = { kind: 'none' };
  #shown: State['shown'] | undefined;

  constructor(page: Page, tooltip: Tooltip) {
    this.#page = page;
    this.#tooltip = tooltip;
    this.pane = new Pane({
      label: 'Requests',
      className: 'requests',
      headings: ['#', 'Request', 'Status', 'Conn', 'ms'],
      view: () => page.rowView(),
      whole: () => page.wholeOfRows(),
      onView: (view) => page.setRowView(view),
      onResize: () => page.redraw(),
      onScroll: () => page.state.isFollowing && page.redraw(),
      create: createRequestRow,
      fill: (row, line) => this.#fill(row, line),
      onChoose: (line) => this.#choose(line),
      onVisit: (line, row) => this.#visit(line, row),
    });
    this.#listen();
    page.add((state) => this.#draw(state));
  }

  #draw(state: State): void {
    const { selection, shown } = state;
    const isNew = selection !== this.#selection;
    this.#selection = selection;
    if (isNew) this.#related = relatedTo(this.#page, selection);
    if (shown !== this.#shown) this.pane.list.resize(shown.map(() => ROW_HEIGHT));
    this.#shown = shown;
    if (isNew && selection.kind === 'exchange') this.pane.list.reveal(shown.findIndex(({ index }) => index === selection.index));
    if (state.isFollowing) this.#follow(state);
    this.pane.draw();
  }

  #follow({ shown, order }: State): void {
    const { from, to } = this.pane.list.inView();
    this.#page.follow(viewOfRows(shown.slice(from, to), this.#page.wholeOfRows(), order === 'slowest'));
  }

  #fill(row: HTMLElement, line: number): void {
    const { shown, selection, order } = this.#page.state;
    const facts = shown[line];
    if (facts === undefined) return;
    const axis = { view: this.#page.rowView(), width: this.pane.axisWidth, isAligned: order === 'slowest' };
    fillRequestRow(row, facts, this.#page.model.data.origins, axis);
    const isSelected = selection.kind === 'exchange' && selection.index === facts.index;
    row.setAttribute('aria-selected', String(isSelected));
    row.classList.toggle('related', this.#related.has(facts.index));
  }

  #choose(line: number): void {
    const facts = this.#page.state.shown[line];
    if (facts === undefined) return;
    this.#tooltip.hide();
    const isAligned = this.#page.state.order === 'slowest';
    const clock = isAligned ? { clock: this.#around(facts, facts.exchange.startMs) } : {};
    this.#page.change({ selection: { kind: 'exchange', index: facts.index }, ...clock });
  }

  #visit(line: number, row: HTMLElement): void {
    const facts = this.#page.state.shown[line];
    const { left } = this.pane.scale();
    const { bottom } = row.getBoundingClientRect();
    if (facts !== undefined) this.#tooltip.show(exchangeDetails(facts), left, bottom);
  }

  #listen(): void {
    const { scroller } = this.pane.list;
    const lineOf = (event: Event): number => Number(closestOf(event, '.row')?.dataset['line'] ?? -1);
    scroller.addEventListener('click', (event) => this.#choose(lineOf(event)));
    scroller.addEventListener('dblclick', (event) => this.#zoomTo(lineOf(event)));
    scroller.addEventListener('pointermove', (event) => {
      const facts = event.buttons === 0 ? this.#page.state.shown[lineOf(event)] : undefined;
      if (facts === undefined) this.#tooltip.hide();
      else this.#tooltip.show(exchangeDetails(facts), event.clientX, event.clientY);
    });
    scroller.addEventListener('pointerleave', () => this.#tooltip.hide());
    scroller.addEventListener('blur', () => this.#tooltip.hide());
  }

  #zoomTo(line: number): void {
    const { shown, order } = this.#page.state;
    const facts = shown[line];
    if (facts !== undefined) this.#page.setRowView(this.#around(facts, order === 'time' ? facts.exchange.startMs : 0));
  }

  /** With some room on both sides. */
  #around({ durationMs }: ExchangeFacts, fromMs: number): TimeView {
    const room = durationMs / 5;
    return viewBetween(fromMs - room, fromMs + durationMs + room, this.#page.model.whole);
  }
}

function relatedTo({ model }: Page, selection: State['selection']): ReadonlySet<number> {
  if (selection.kind !== 'connection') return new Set();
  return new Set(model.lanes[selection.index]?.uses.map(({ exchange }) => exchange));
}
