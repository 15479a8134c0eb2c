import { element } from './dom.ts';

const LEAST_PERCENT = 12;
const PERCENT_STEP = 4;

/** The line between both panes: it is dragged, or moved by the arrow keys, and gives the upper one its share of the height. */
export function splitter(container: HTMLElement, onMove: () => void): HTMLElement {
  const attributes = {
    'tabindex': '0',
    'aria-orientation': 'horizontal',
    'aria-label': 'Room for requests and for connections',
    'aria-valuemin': String(LEAST_PERCENT),
    'aria-valuemax': String(100 - LEAST_PERCENT),
  };
  const made = element('div', { className: 'splitter', role: 'separator', attributes });
  let share = 60;
  const set = (percent: number): void => {
    share = Math.min(100 - LEAST_PERCENT, Math.max(LEAST_PERCENT, percent));
    container.style.setProperty('--upper', String(share));
    made.setAttribute('aria-valuenow', String(Math.round(share)));
    onMove();
  };
  set(share);
  made.addEventListener('pointerdown', (event) => made.setPointerCapture(event.pointerId));
  made.addEventListener('pointermove', (event) => {
    if (!made.hasPointerCapture(event.pointerId)) return;
    const { top, height } = container.getBoundingClientRect();
    set(((event.clientY - top) / height) * 100);
  });
  made.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    set(share + (event.key === 'ArrowUp' ? -PERCENT_STEP : PERCENT_STEP));
  });
  return made;
}
