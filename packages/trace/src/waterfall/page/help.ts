import { button, element } from './dom.ts';

const KEYS: readonly (readonly [string, string])[] = [
  ['↑ ↓ Page Home End', 'go from row to row, in the list that has the focus'],
  ['Enter', 'choose the row: its details stay, and what belongs to it is marked'],
  ['Esc', 'let go of it'],
  ['← →', 'earlier, later'],
  ['+ −', 'zoom in, out'],
  ['0', 'show all of the time'],
  ['f', 'have the time go along with the rows in view'],
  ['/', 'filter'],
  ['o', 'the other order'],
  ['t', 'light or dark'],
  ['?', 'this list'],
  ['Ctrl + wheel', 'zoom at the pointer'],
  ['Shift + wheel, drag', 'earlier, later'],
  ['Drag on a ruler or the overview', 'zoom to what is marked; a double click there shows all again'],
  ['Double click on a request', 'zoom to it'],
];

export function helpDialog(): HTMLDialogElement {
  const rows = KEYS.flatMap(([keys, text]) => [element('dt', {}, element('kbd', { text: keys })), element('dd', { text })]);
  const dialog = element('dialog', { className: 'help', attributes: { 'aria-label': 'Keys and gestures' } });
  dialog.append(
    element('h2', { text: 'Keys and gestures' }),
    element('dl', {}, ...rows),
    button('Close', () => dialog.close()),
  );
  return dialog;
}
