import { panned, spanOf } from './model/time-view.ts';
import type { Page } from './page.ts';
import type { Toolbar } from './toolbar.ts';

export interface KeyTargets {
  readonly page: Page;
  readonly toolbar: Toolbar;
  readonly theme: HTMLButtonElement;
  readonly help: HTMLDialogElement;
}

const PAN_SHARE = 0.15;

/** Keys that work wherever the focus is, but for fields that take text. */
export function listenToKeys({ page, toolbar, theme, help }: KeyTargets): void {
  const pan = (share: number): void => {
    const view = page.rowView();
    page.setRowView(panned(view, page.wholeOfRows(), spanOf(view) * share));
  };
  const actions: Readonly<Record<string, () => void>> = {
    '+': () => toolbar.zoom(0.6),
    '=': () => toolbar.zoom(0.6),
    '-': () => toolbar.zoom(1 / 0.6),
    '0': () => toolbar.zoomOut(),
    'ArrowLeft': () => pan(-PAN_SHARE),
    'ArrowRight': () => pan(PAN_SHARE),
    'f': () => toolbar.toggleFollowing(),
    '/': () => toolbar.search.focus(),
    'o': () => page.change({ order: page.state.order === 'time' ? 'slowest' : 'time' }),
    't': () => theme.click(),
    '?': () => help.showModal(),
    'Escape': () => page.change({ selection: { kind: 'none' } }),
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || help.open) return;
    const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (isTyping && event.key !== 'Escape') return;
    if (isTyping && event.target instanceof HTMLElement) event.target.blur();
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}
