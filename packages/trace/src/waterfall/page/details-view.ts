import type { Phase } from '../page-data.ts';
import { element } from './dom.ts';
import type { Details } from './model/details.ts';
import { formatMs } from './model/format.ts';
import { PHASE_LABELS } from './model/phase-labels.ts';

export type SwatchKind = Phase | 'outside' | 'dial' | 'again';

/** What a phase, or a mark, looks like. */
export function swatch(kind: SwatchKind): HTMLElement {
  return element('i', { className: `swatch ${kind}`, attributes: { 'aria-hidden': 'true' } });
}

/** What there is to say of one thing: its problem, its phases with a bar for each, and a table of the rest. */
export function detailsView({ title, subtitle, problem, phases, rows }: Details): readonly HTMLElement[] {
  const longest = Math.max(...phases.map(([, ms]) => ms));
  const parts = [
    element('p', { className: 'details-title', text: title }),
    element('p', { className: 'details-subtitle', text: subtitle }),
  ];
  if (problem !== undefined) parts.push(element('p', { className: 'details-problem', text: problem }));
  const meters = phases.flatMap(([phase, ms]) => phaseRow(phase, ms, longest));
  if (phases.length > 0) parts.push(element('div', { className: 'details-phases' }, ...meters));
  const cells = rows.flatMap(([label, value]) => [element('dt', { text: label }), element('dd', { text: value })]);
  return [...parts, element('dl', {}, ...cells)];
}

function phaseRow(phase: Phase, ms: number, longest: number): readonly HTMLElement[] {
  const bar = element('i', { className: `bar ${phase}` });
  bar.style.width = `${Math.max(1, (ms / longest) * 100)}%`;
  const label = element('span', {}, swatch(phase), document.createTextNode(PHASE_LABELS[phase].label));
  return [label, element('span', { className: 'meter' }, bar), element('span', { className: 'number', text: formatMs(ms) })];
}
