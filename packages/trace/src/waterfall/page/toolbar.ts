import { button, element } from './dom.ts';
import { FILTER_KINDS, NO_FILTER, type Filter, type FilterKind } from './model/filter.ts';
import { formatMs, grouped, plural } from './model/format.ts';
import { spanOf, zoomed } from './model/time-view.ts';
import type { Order, Page, State } from './page.ts';

const ZOOM_STEP = 0.6;

/** What is shown, in which order, and how much of the time. */
export class Toolbar {
  readonly root: HTMLElement;
  readonly search: HTMLInputElement = element('input', {
    attributes: {
      'type': 'search',
      'placeholder': 'Filter: path, method, error, #id, conn:id',
      'aria-label': 'Filter by text',
      'spellcheck': 'false',
    },
  });
  readonly #page: Page;
  readonly #origin: HTMLSelectElement = element('select', { attributes: { 'aria-label': 'Filter by origin' } });
  readonly #kind: HTMLSelectElement = element('select', { attributes: { 'aria-label': 'Filter by outcome' } });
  readonly #orders: ReadonlyMap<Order, HTMLButtonElement>;
  readonly #following: HTMLButtonElement = button('Follow', () => this.toggleFollowing(), {
    title: 'Show the time of the rows in view, and go along with them (f)',
  });
  readonly #count: HTMLElement = element('output', { className: 'muted' });
  readonly #span: HTMLElement = element('span', { className: 'muted number' });

  constructor(page: Page) {
    this.#page = page;
    const order = (to: Order, label: string, title: string): HTMLButtonElement =>
      button(label, () => page.change({ order: to }), { title });
    this.#orders = new Map<Order, HTMLButtonElement>([
      ['time', order('time', 'By time', 'As they began, on one clock')],
      ['slowest', order('slowest', 'Slowest first', 'The longest first, each from its own start')],
    ]);
    const orders = element(
      'div',
      { className: 'segmented', role: 'group', attributes: { 'aria-label': 'Order' } },
      ...this.#orders.values(),
    );
    this.root = element('div', { className: 'toolbar', role: 'search' });
    this.root.append(
      this.search,
      this.#origin,
      this.#kind,
      orders,
      this.#count,
      element('span', { className: 'gap' }),
      this.#span,
      this.#zoomButtons(),
    );
    this.#fillSelects();
    this.#listen();
    page.add((state) => this.#draw(state));
  }

  #fillSelects(): void {
    const { origins } = this.#page.model.data;
    this.#origin.append(option('', `All origins (${origins.length})`), ...origins.map((origin, at) => option(String(at), origin)));
    this.#origin.hidden = origins.length < 2;
    for (const [kind, label] of Object.entries(FILTER_KINDS)) this.#kind.append(option(kind, label));
  }

  #zoomButtons(): HTMLElement {
    const zoom = (factor: number) => (): void => this.zoom(factor);
    return element(
      'div',
      { className: 'segmented', role: 'group', attributes: { 'aria-label': 'Zoom' } },
      button('−', zoom(1 / ZOOM_STEP), { title: 'Zoom out (−)', attributes: { 'aria-label': 'Zoom out' } }),
      button('+', zoom(ZOOM_STEP), { title: 'Zoom in (+)', attributes: { 'aria-label': 'Zoom in' } }),
      button('All', () => this.zoomOut(), { title: 'Show all of the time (0)' }),
      this.#following,
    );
  }

  /** About the middle. */
  zoom(factor: number): void {
    const view = this.#page.rowView();
    this.#page.setRowView(zoomed(view, this.#page.wholeOfRows(), factor, (view.fromMs + view.toMs) / 2));
  }

  zoomOut(): void {
    this.#page.setRowView(this.#page.wholeOfRows());
  }

  /** Whether the time goes along with the rows. */
  toggleFollowing(): void {
    this.#page.change({ isFollowing: !this.#page.state.isFollowing });
  }

  #listen(): void {
    const change = (part: Partial<Filter>): void => this.#page.change({ filter: { ...this.#page.state.filter, ...part } });
    this.search.addEventListener('input', () => change({ text: this.search.value }));
    this.#origin.addEventListener('change', () => change({ origin: this.#origin.value === '' ? undefined : Number(this.#origin.value) }));
    this.#kind.addEventListener('change', () => change({ kind: kindOf(this.#kind.value) }));
  }

  #draw({ filter, order, shown, isFollowing }: State): void {
    if (this.search.value !== filter.text) this.search.value = filter.text;
    this.#origin.value = filter.origin === undefined ? '' : String(filter.origin);
    this.#kind.value = filter.kind;
    for (const [each, choice] of this.#orders) choice.setAttribute('aria-pressed', String(each === order));
    this.#following.setAttribute('aria-pressed', String(isFollowing));
    const all = this.#page.model.facts.length;
    this.#count.textContent = shown.length === all ? plural(all, 'request') : `${grouped(shown.length)} of ${plural(all, 'request')}`;
    this.#span.textContent = formatMs(spanOf(this.#page.rowView()));
    this.root.classList.toggle('is-filtered', filter.text !== '' || filter.origin !== undefined || filter.kind !== NO_FILTER.kind);
  }
}

function option(value: string, text: string): HTMLOptionElement {
  return element('option', { text, attributes: { value } });
}

function kindOf(value: string): FilterKind {
  return isKind(value) ? value : NO_FILTER.kind;
}

function isKind(value: string): value is FilterKind {
  return value in FILTER_KINDS;
}
