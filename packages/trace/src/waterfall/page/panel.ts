import { detailsView } from './details-view.ts';
import { button, element } from './dom.ts';
import { connectionDetails, exchangeDetails } from './model/details.ts';
import { columnMs, plural } from './model/format.ts';
import { NO_FILTER } from './model/filter.ts';
import type { Lane } from './model/lanes.ts';
import type { Page, Selection } from './page.ts';

/** As many requests of a connection as are listed; the filter shows them all. */
const MOST_LISTED = 200;

/** What was chosen, with all there is to say of it and ways on from it. */
export class Panel {
  readonly root: HTMLElement = element('aside', { className: 'panel', attributes: { 'aria-label': 'Details' } });
  readonly #page: Page;
  #selection: Selection = { kind: 'none' };

  constructor(page: Page) {
    this.#page = page;
    this.root.hidden = true;
    page.add(({ selection }) => {
      if (selection !== this.#selection) this.#show(selection);
      this.#selection = selection;
    });
  }

  #show(selection: Selection): void {
    this.root.hidden = selection.kind === 'none';
    const close = button('×', () => this.#page.change({ selection: { kind: 'none' } }), {
      className: 'close',
      title: 'Close (Esc)',
      attributes: { 'aria-label': 'Close the details' },
    });
    this.root.replaceChildren(close, ...this.#contents(selection));
    this.root.scrollTop = 0;
  }

  #contents(selection: Selection): readonly HTMLElement[] {
    switch (selection.kind) {
      case 'none':
        return [];
      case 'exchange':
        return this.#exchange(selection.index);
      case 'connection':
        return this.#connection(selection.index);
    }
  }

  #exchange(index: number): readonly HTMLElement[] {
    const facts = this.#page.model.facts[index];
    if (facts === undefined) return [];
    const ids = new Set(facts.exchange.attempts.flatMap(({ connection }) => connection ?? []));
    const links = [...ids].flatMap((id) => {
      const lane = this.#page.model.laneOf.get(id);
      return lane === undefined
        ? []
        : [button(`Connection ${id}`, () => this.#page.change({ selection: { kind: 'connection', index: lane } }))];
    });
    return [...detailsView(exchangeDetails(facts)), element('div', { className: 'actions' }, ...links)];
  }

  #connection(index: number): readonly HTMLElement[] {
    const lane = this.#page.model.lanes[index];
    if (lane === undefined) return [];
    const { id } = lane.connection;
    const only = button('Show only its requests', () => this.#page.change({ filter: { ...NO_FILTER, text: `conn:${id}` } }));
    return [
      ...detailsView(connectionDetails(this.#page.model, index)),
      element('div', { className: 'actions' }, only),
      ...this.#carried(lane),
    ];
  }

  #carried({ uses }: Lane): readonly HTMLElement[] {
    if (uses.length === 0) return [];
    const items = uses.slice(0, MOST_LISTED).map(({ exchange: place, endMs, startMs }) => {
      const exchange = this.#page.model.data.exchanges[place];
      const link = button('', () => this.#page.change({ selection: { kind: 'exchange', index: place } }));
      const url = (exchange?.url ?? '').replace(/^https?:\/\/[^/]*/, '');
      link.append(
        element('span', { className: 'number', text: String(exchange?.id ?? '') }),
        element('span', { text: `${exchange?.method ?? ''} ${url}` }),
      );
      link.append(element('span', { className: 'number', text: `${columnMs(endMs - startMs)} ms` }));
      return element('li', {}, link);
    });
    const more = uses.length - items.length;
    if (more > 0) items.push(element('li', { className: 'more', text: `and ${plural(more, 'more', 'more')}` }));
    return [element('h2', { text: 'Requests it carried' }), element('ol', { className: 'carried' }, ...items)];
  }
}
