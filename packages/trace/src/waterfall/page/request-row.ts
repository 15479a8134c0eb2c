import type { PageExchange } from '../page-data.ts';
import { element } from './dom.ts';
import { barsOf, type Bar } from './model/bars.ts';
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
  if (filledWith.get(row) !== facts) fillCells(row, facts, origins);
  filledWith.set(row, facts);
  const bars = barsOf(facts, axis.view, axis.width, axis.isAligned ? facts.exchange.startMs : 0);
  const track = row.lastElementChild;
  if (track instanceof HTMLElement) fillTrack(track, bars);
}

/** Elements that are there are taken again: most of what a zoom costs is making new ones. */
function fillTrack(track: HTMLElement, bars: readonly Bar[]): void {
  for (let at = track.childElementCount; at < bars.length; at++) track.append(element('i'));
  for (const [at, made] of [...track.children].entries()) {
    const bar = bars[at];
    if (!(made instanceof HTMLElement)) continue;
    made.className = bar === undefined ? 'no-bar' : `bar ${bar.kind}`;
    if (bar === undefined) continue;
    made.style.left = `${bar.left.toFixed(1)}px`;
    made.style.width = bar.width > 0 ? `${bar.width.toFixed(1)}px` : '';
  }
}

/** Of which request a row's text is: while the time goes by only its bars change. */
const filledWith = new WeakMap<HTMLElement, ExchangeFacts>();

function fillCells(row: HTMLElement, facts: ExchangeFacts, origins: readonly string[]): void {
  const { exchange, outcome, durationMs } = facts;
  const [id, what, status, conn, ms] = row.children;
  id?.replaceChildren(String(exchange.id));
  what?.replaceChildren(element('b', { text: exchange.method }), ...urlParts(exchange, origins));
  status?.replaceChildren(statusCell(exchange.status, outcome));
  conn?.replaceChildren(connectionCell(exchange));
  ms?.replaceChildren(columnMs(durationMs));
  row.dataset['outcome'] = outcome;
  row.dataset['hundreds'] = String(hundreds(exchange.status) ?? '');
  row.setAttribute('aria-label', spoken(exchangeDetails(facts)));
}

/** The path first, as it is what tells rows apart; where there are several origins, which one it is. */
function urlParts({ url, origin }: PageExchange, origins: readonly string[]): readonly (Node | string)[] {
  const prefix = origins[origin] ?? '';
  if (!url.startsWith(prefix)) return [` ${url}`];
  const path = ` ${url.slice(prefix.length)} `;
  return origins.length === 1 ? [path] : [path, element('small', { text: prefix.replace(/^https?:\/\//, '') })];
}

function statusCell(status: number | undefined, outcome: ExchangeFacts['outcome']): string {
  return outcome === 'failed' && status !== undefined ? `${status} ✕` : statusText(status, outcome);
}

/** The last it was given; a new one stands out. */
function connectionCell({ attempts }: PageExchange): Node {
  const last = attempts.findLast(({ connection }) => connection !== undefined);
  if (last === undefined) return document.createTextNode('–');
  return element('span', { className: last.reused === true ? 'reused' : 'new', text: String(last.connection) });
}
