/** How a piece of text is to look. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'gray';

/** Gives text its look, or leaves it as it is where there are no colours. Its width stays the same. */
export type Paint = (style: Style, text: string) => string;

/** SGR parameters (ECMA-48 §8.3.117): the terminal's own sixteen colours, which suit its background. */
const BEGIN: Readonly<Record<Style, number>> = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
  gray: 90,
};

export const plain: Paint = (_style, text) => text;

export const coloured: Paint = (style, text) => (text === '' ? '' : `\x1B[${BEGIN[style]}m${text}\x1B[0m`);

/** What decides on colours besides the arguments. */
interface ColourContext {
  readonly isTTY?: boolean | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Whether text is coloured: as asked for or, without `--color` and `--no-color`, by NO_COLOR and FORCE_COLOR where they are not empty (no-color.org,
 * force-color.org), else where it goes to a terminal that is not `dumb`.
 */
export function paintFor(asked: boolean | undefined, { isTTY, env }: ColourContext): Paint {
  return (asked ?? isColoured(isTTY === true, env)) ? coloured : plain;
}

function isColoured(isTerminal: boolean, env: ColourContext['env']): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'] ?? '';
  if (forced !== '') return forced !== '0';
  return isTerminal && env['TERM'] !== 'dumb';
}
