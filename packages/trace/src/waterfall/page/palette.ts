import { PHASES } from '../page-data.ts';
import { element } from './dom.ts';

/** The colours of the style sheet, as a canvas takes them. */
export interface Palette {
  /** By the place of a phase. */
  readonly phases: readonly string[];
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly accent: string;
  readonly bad: string;
  readonly background: string;
}

/** Reads them as they are now: light or dark. A custom property's value is only text; a colour made with it is resolved. */
export function readPalette(): Palette {
  const probe = element('span');
  document.body.append(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const palette: Palette = {
    phases: PHASES.map(colour),
    text: colour('text'),
    muted: colour('muted'),
    line: colour('line-strong'),
    accent: colour('accent'),
    bad: colour('bad'),
    background: colour('background'),
  };
  probe.remove();
  return palette;
}
