import type { ExchangeFacts } from './model/exchange-facts.ts';
import { filtered, NO_FILTER, type Filter } from './model/filter.ts';
import type { Model } from './model/model.ts';
import type { TimeView } from './model/time-view.ts';

/** What is looked at more closely: a request by its place in the log, or a connection by its lane. */
export type Selection =
  | { readonly kind: 'none' }
  | { readonly kind: 'exchange'; readonly index: number }
  | { readonly kind: 'connection'; readonly index: number };

/** `time`: rows as they began, on one clock. `slowest`: the longest first, each from its own start. */
export type Order = 'time' | 'slowest';

export interface State {
  readonly filter: Filter;
  readonly order: Order;
  /** The part of the clock that is shown. */
  readonly clock: TimeView;
  /** The part of the durations that is shown where rows begin at their own start. */
  readonly durations: TimeView;
  /** Both go along with the rows that are in view. */
  readonly isFollowing: boolean;
  readonly selection: Selection;
  /** The requests that pass the filter, in their order. */
  readonly shown: readonly ExchangeFacts[];
  /** The same, by their places in the log. */
  readonly shownPlaces: ReadonlySet<number>;
}

type Choices = Pick<State, 'filter' | 'order' | 'clock' | 'durations' | 'isFollowing' | 'selection'>;

/** With more requests than this all of the time is too much for any of them to be seen. */
const MANY = 100;

/** Holds what is shown, and has every part of the page draw itself anew, once a frame, after it has changed. */
export class Page {
  readonly model: Model;
  #state: State;
  readonly #parts: ((state: State) => void)[] = [];
  #isDue = false;

  constructor(model: Model) {
    this.model = model;
    const choices: Choices = {
      filter: NO_FILTER,
      order: 'time',
      clock: model.whole,
      durations: model.longest,
      isFollowing: model.facts.length > MANY,
      selection: { kind: 'none' },
    };
    this.#state = { ...choices, ...shownBy(model, choices) };
  }

  get state(): State {
    return this.#state;
  }

  /** Draws it at the next frame, and after every change. */
  add(draw: (state: State) => void): void {
    this.#parts.push(draw);
    this.redraw();
  }

  change(choices: Partial<Choices>): void {
    const isReordered = choices.order !== undefined && choices.order !== this.#state.order;
    // Rows by their durations have no common time that connections could be shown at.
    const clock = isReordered && this.#state.isFollowing ? { clock: this.model.whole } : {};
    const next = { ...this.#state, ...clock, ...choices };
    const isOther = choices.filter !== undefined || choices.order !== undefined;
    this.#state = isOther ? { ...next, ...shownBy(this.model, next) } : next;
    this.redraw();
  }

  redraw(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      for (const draw of this.#parts) draw(this.#state);
    });
  }

  /** The axis of the requests' rows. */
  rowView(): TimeView {
    return this.#state.order === 'time' ? this.#state.clock : this.#state.durations;
  }

  /** All that it could show. */
  wholeOfRows(): TimeView {
    return this.#state.order === 'time' ? this.model.whole : this.model.longest;
  }

  /** The user wants to see this. */
  setRowView(view: TimeView): void {
    this.change(this.#state.order === 'time' ? { clock: view, isFollowing: false } : { durations: view, isFollowing: false });
  }

  /** The user wants to see this of the clock. */
  setClock(clock: TimeView): void {
    this.change({ clock, isFollowing: false });
  }

  /** Goes along with the rows, where it is to; within a drawing, so that what is drawn after it is right at once. */
  follow(view: TimeView): void {
    if (!this.#state.isFollowing) return;
    this.#state = { ...this.#state, ...(this.#state.order === 'time' ? { clock: view } : { durations: view }) };
  }
}

function shownBy({ facts, slowFromMs }: Model, { filter, order }: Choices): Pick<State, 'shown' | 'shownPlaces'> {
  const passing = filtered(facts, filter, slowFromMs);
  const shown = order === 'time' ? passing : passing.toSorted((a, b) => b.durationMs - a.durationMs);
  return { shown, shownPlaces: new Set(passing.map(({ index }) => index)) };
}
