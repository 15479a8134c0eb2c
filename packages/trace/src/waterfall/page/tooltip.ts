import { detailsView } from './details-view.ts';
import { element } from './dom.ts';
import type { Details } from './model/details.ts';

const DISTANCE = 14;

/** What is under the pointer or the keyboard's place, beside it. A screen reader hears the same from the row itself. */
export class Tooltip {
  readonly root: HTMLElement = element('div', { className: 'tooltip', role: 'tooltip', attributes: { 'aria-hidden': 'true' } });
  #shown = '';

  constructor() {
    this.root.hidden = true;
  }

  /** At a point of the window; on its other side where there is no room. */
  show(details: Details, x: number, y: number): void {
    const key = JSON.stringify(details);
    if (this.#shown !== key) this.root.replaceChildren(...detailsView(details));
    this.#shown = key;
    this.root.hidden = false;
    const { width, height } = this.root.getBoundingClientRect();
    const left = x + DISTANCE + width > window.innerWidth ? x - DISTANCE - width : x + DISTANCE;
    const top = y + DISTANCE + height > window.innerHeight ? y - DISTANCE - height : y + DISTANCE;
    this.root.style.transform = `translate(${Math.max(4, Math.round(left))}px, ${Math.max(4, Math.round(top))}px)`;
  }

  hide(): void {
    this.root.hidden = true;
  }
}
