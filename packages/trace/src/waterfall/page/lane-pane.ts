import { closestOf, element } from './dom.ts';
import { drawLane } from './lane-drawing.ts';
import { connectionDetails, exchangeDetails, idleText, spoken, type Details } from './model/details.ts';
import { grouped } from './model/format.ts';
import { gapAt, laneHeight, useAt } from './model/lane-geometry.ts';
import type { Lane } from './model/lanes.ts';
import type { Model } from './model/model.ts';
import { spanOf, type TimeView } from './model/time-view.ts';
import type { Page, Selection, State } from './page.ts';
import { readPalette, type Palette } from './palette.ts';
import { Pane } from './pane.ts';
import { timeAt } from './time-gestures.ts';
import type { Tooltip } from './tooltip.ts';

/** Pixels by which a pointer may miss an exchange. */
const SLACK_PIXELS = 3;

/** A lane for each connection that lived in the time in view; where requests are filtered, for those that one of them used. */
export class LanePane {
  readonly pane: Pane;
  readonly #page: Page;
  readonly #tooltip: Tooltip;
  #palette: Palette | undefined;
  /** The places of the lanes that a request in view used, and of which requests that was said. */
  #used: readonly number[] = [];
  #usedBy: State['shownPlaces'] | undefined;
  /** Those of them that are shown. */
  #lanes: readonly number[] = [];
  #related: ReadonlySet<number> = new Set();
  #selection: Selection = { kind: 'none' };
  /** Changes with the room there is. */
  #room = 0;
  /** What the drawing that is seen was made of: canvases are drawn anew only where one of it is another. */
  #drawn: readonly unknown[] = [];
  /** Of which lane a row's text is. */
  readonly #filledWith = new WeakMap<HTMLElement, Lane>();

  constructor(page: Page, tooltip: Tooltip) {
    this.#page = page;
    this.#tooltip = tooltip;
    this.pane = new Pane({
      label: 'Connections',
      className: 'connections',
      headings: ['Conn', 'Origin', 'Requests', 'Closed'],
      view: () => page.state.clock,
      whole: () => page.model.whole,
      onView: (clock) => page.setClock(clock),
      onResize: () => {
        this.#room += 1;
        page.redraw();
      },
      onScroll: () => {},
      create: createLaneRow,
      fill: (row, line) => this.#fill(row, line),
      onChoose: (line) => this.#select({ kind: 'connection', index: this.#lanes[line] ?? -1 }),
      onVisit: (line, row) => this.#visit(line, row),
    });
    this.#listen();
    page.add((state) => this.#draw(state));
  }

  /** Colours are read anew at the next drawing: they were changed. */
  forgetColours(): void {
    this.#palette = undefined;
    this.#page.redraw();
  }

  #draw(state: State): void {
    const key = [state.clock, state.shownPlaces, state.selection, this.#palette, this.#room];
    if (key.every((part, at) => part === this.#drawn[at])) return;
    this.#palette ??= readPalette();
    this.#drawn = [state.clock, state.shownPlaces, state.selection, this.#palette, this.#room];
    this.#drawAnew(state);
  }

  #drawAnew(state: State): void {
    const { model } = this.#page;
    const isNew = state.selection !== this.#selection;
    this.#selection = state.selection;
    if (this.#usedBy !== state.shownPlaces) this.#used = usedLanes(model, state);
    this.#usedBy = state.shownPlaces;
    this.#lanes = this.#used.filter((index) => isInView(model.lanes[index], state.clock));
    const [, origin] = this.pane.headings.children;
    origin?.replaceChildren(`Origin · ${grouped(this.#lanes.length)} of ${grouped(model.lanes.length)} in view`);
    if (isNew) this.#related = relatedLanes(this.#page, state.selection);
    this.pane.list.resize(this.#lanes.map((index) => laneHeight(model.lanes[index]?.depth ?? 1)));
    this.pane.draw();
    if (!isNew) return;
    const wanted = state.selection.kind === 'connection' ? state.selection.index : [...this.#related].at(-1);
    if (wanted !== undefined) this.pane.list.reveal(this.#lanes.indexOf(wanted));
  }

  #fill(row: HTMLElement, line: number): void {
    const { model, state } = this.#page;
    const index = this.#lanes[line] ?? -1;
    const lane = model.lanes[index];
    if (lane === undefined) return;
    if (this.#filledWith.get(row) !== lane) fillLaneCells(row, lane, model, index);
    this.#filledWith.set(row, lane);
    const selected = state.selection.kind === 'exchange' ? state.selection.index : undefined;
    row.setAttribute('aria-selected', String(state.selection.kind === 'connection' && state.selection.index === index));
    row.classList.toggle('related', this.#related.has(index));
    this.#palette ??= readPalette();
    const axis = { view: state.clock, width: this.pane.axisWidth, palette: this.#palette };
    const canvas = row.lastElementChild;
    if (canvas instanceof HTMLCanvasElement) drawLane(canvas, lane, axis, { shown: state.shownPlaces, selected });
  }

  #visit(line: number, row: HTMLElement): void {
    const { left } = this.pane.scale();
    const details = connectionDetails(this.#page.model, this.#lanes[line] ?? -1);
    this.#tooltip.show(details, left, row.getBoundingClientRect().bottom);
  }

  #select(selection: Selection): void {
    this.#tooltip.hide();
    this.#page.change({ selection });
  }

  #listen(): void {
    const { scroller } = this.pane.list;
    scroller.addEventListener('click', (event) => {
      const pointed = this.#pointedAt(event);
      if (pointed !== undefined) this.#select(pointed.selection);
    });
    scroller.addEventListener('pointermove', (event) => {
      const pointed = event.buttons === 0 ? this.#pointedAt(event) : undefined;
      if (pointed === undefined) this.#tooltip.hide();
      else this.#tooltip.show(pointed.details, event.clientX, event.clientY);
    });
    scroller.addEventListener('pointerleave', () => this.#tooltip.hide());
    scroller.addEventListener('blur', () => this.#tooltip.hide());
  }

  /** The exchange under the pointer; where there is none, the gap in the connection's life, or the connection. */
  #pointedAt(event: MouseEvent): { readonly selection: Selection; readonly details: Details } | undefined {
    const row = closestOf(event, '.row');
    const index = this.#lanes[Number(row?.dataset['line'] ?? -1)];
    const lane = index === undefined ? undefined : this.#page.model.lanes[index];
    if (row === undefined || index === undefined || lane === undefined) return undefined;
    const scale = this.pane.scale();
    const atMs = timeAt(scale, event.clientX);
    const slackMs = (SLACK_PIXELS / scale.width) * spanOf(scale.view);
    const isOnAxis = event.clientX >= scale.left;
    const use = isOnAxis ? useAt(lane, atMs, event.clientY - row.getBoundingClientRect().top, slackMs) : undefined;
    const facts = use === undefined ? undefined : this.#page.model.facts[use.exchange];
    if (facts !== undefined) return { selection: { kind: 'exchange', index: facts.index }, details: exchangeDetails(facts) };
    const details = connectionDetails(this.#page.model, index);
    const selection: Selection = { kind: 'connection', index };
    const gap = isOnAxis ? gapAt(lane, atMs) : undefined;
    return { selection, details: gap === undefined ? details : { ...details, subtitle: gapText(lane, gap) } };
  }
}

function fillLaneCells(row: HTMLElement, { connection }: Lane, model: Model, index: number): void {
  const [id, origin, count, reason] = row.children;
  const h2 = connection.protocol === 'h2' ? [element('em', { text: 'h2' })] : [];
  id?.replaceChildren(String(connection.id));
  origin?.replaceChildren(...h2, model.data.origins[connection.origin] ?? '');
  count?.replaceChildren(grouped(connection.carried));
  reason?.replaceChildren(connection.closedMs === undefined ? 'open' : (connection.reason ?? 'closed'));
  row.dataset['closed'] = String(connection.closedMs !== undefined);
  row.setAttribute('aria-label', spoken(connectionDetails(model, index)));
}

function gapText({ connection, endMs }: Lane, [from, to]: readonly [number, number]): string {
  return idleText(from, to, to === endMs && connection.closedMs !== undefined ? (connection.reason ?? 'for no known reason') : undefined);
}

function createLaneRow(): HTMLElement {
  const cells = ['id', 'what', 'count', 'reason'].map((className) => element('span', { className }));
  return element('div', { className: 'row lane' }, ...cells, element('canvas', { attributes: { 'aria-hidden': 'true' } }));
}

/** All of them, unused ones too, where nothing is filtered. */
function usedLanes({ lanes, facts }: Model, { shownPlaces }: State): readonly number[] {
  const places = lanes.map((_, index) => index);
  if (shownPlaces.size === facts.length) return places;
  return places.filter((index) => lanes[index]?.uses.some(({ exchange }) => shownPlaces.has(exchange)));
}

/** While it was dialled, open, or closed just then. */
function isInView(lane: Lane | undefined, { fromMs, toMs }: TimeView): boolean {
  if (lane === undefined) return false;
  return (lane.connection.dialMs ?? lane.connection.openedMs) <= toMs && lane.endMs >= fromMs;
}

function relatedLanes({ model }: Page, selection: Selection): ReadonlySet<number> {
  if (selection.kind !== 'exchange') return new Set();
  const attempts = model.data.exchanges[selection.index]?.attempts ?? [];
  return new Set(attempts.flatMap(({ connection }) => (connection === undefined ? [] : (model.laneOf.get(connection) ?? []))));
}
