import type { PageExchange } from '../page-data.ts';
import { element } from './dom.ts';
import { barsOf } from './model/bars.ts';
import { exchangeDetails, spoken, statusText } from './model/details.ts';
import type { ExchangeFacts } from './model/exchange-facts.ts';
import { columnMs } from './model/format.ts';
import { hundreds } from './model/summary.ts';
import type { TimeView } from './model/time-view.ts';

/** Where a row is drawn. */
export interface RowAxis {
  readonly view: TimeView;
  readonly width: number;
  /** Each row begins at its own start. */
  readonly isAligned: boolean;
}

export function createRequestRow(): HTMLElement {
  const cells = ['id', 'what', 'status', 'conn', 'ms'].map((className) => element('span', { className }));
  return element('div', { className: 'row request' }, ...cells, element('div', { className: 'track' }));
}

export function fillRequestRow(row: HTMLElement, facts: ExchangeFacts, origins: readonly string[], axis: RowAxis): void {
  const { exchange, outcome, durationMs } = facts;
  const [id, what, status, conn, ms, track] = row.children;
  id?.replaceChildren(String(exchange.id));
  what?.replaceChildren(element('b', { text: exchange.method }), ` ${pathOf(exchange, origins)}`);
  status?.replaceChildren(outcome === 'failed' && exchange.status === undefined ? 'failed' : statusText(exchange.status, 'answered'));
  conn?.replaceChildren(connectionCell(exchange));
  ms?.replaceChildren(columnMs(durationMs));
  row.dataset['outcome'] = outcome;
  row.dataset['hundreds'] = String(hundreds(exchange.status) ?? '');
  row.setAttribute('aria-label', spoken(exchangeDetails(facts)));
  const bars = barsOf(facts, axis.view, axis.width, axis.isAligned ? exchange.startMs : 0);
  track?.replaceChildren(
    ...bars.map(({ kind, left, width }) => {
      const bar = element('i', { className: `bar ${kind}` });
      bar.style.left = `${left}px`;
      if (width > 0) bar.style.width = `${width}px`;
      return bar;
    }),
  );
}

/** Without the origin where there is one only, which stands in the heading then. */
function pathOf({ url, origin }: PageExchange, origins: readonly string[]): string {
  const prefix = origins[origin] ?? '';
  if (!url.startsWith(prefix)) return url;
  const path = url.slice(prefix.length);
  return origins.length === 1 ? path : `${prefix.replace(/^https?:\/\//, '')}${path}`;
}

/** The last it was given; a new one stands out. */
function connectionCell({ attempts }: PageExchange): Node {
  const last = attempts.findLast(({ connection }) => connection !== undefined);
  if (last === undefined) return document.createTextNode('–');
  return element('span', { className: last.reused === true ? 'reused' : 'new', text: String(last.connection) });
}
