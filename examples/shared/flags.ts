import { parseArgs } from 'node:util';

/** A flag of a program: `--name <number>`. */
export interface NumberFlag {
  readonly byDefault: number;
  readonly min: number;
  readonly max: number;
  readonly help: string;
}

/** What a command line says. */
export type FlagsRead<Name extends string> =
  | { readonly kind: 'values'; readonly valueOf: (name: Name) => number }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'wrong'; readonly text: string };

/** Reads a command line of number flags. `--help` is understood by itself. */
export function readFlags<Name extends string>(
  program: string,
  flags: Readonly<Record<Name, NumberFlag>>,
  args: readonly string[],
): FlagsRead<Name> {
  const usage = usageOf(program, flags);
  try {
    const given = parse(Object.keys(flags), args);
    if (given.has('help')) return { kind: 'help', text: usage };
    const numbers = new Map(entriesOf(flags).map(([name, flag]) => [name, numberOf(name, flag, given.get(name))]));
    return { kind: 'values', valueOf: (name) => numbers.get(name) ?? flags[name].byDefault };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { kind: 'wrong', text: `${error.message}\n\n${usage}` };
  }
}

/** As {@link readFlags} for the program itself: ends the process where there is nothing to run. */
export function flagsOrExit<Name extends string>(program: string, flags: Readonly<Record<Name, NumberFlag>>): (name: Name) => number {
  const read = readFlags(program, flags, process.argv.slice(2));
  switch (read.kind) {
    case 'values':
      return read.valueOf;
    case 'help':
      console.log(read.text);
      return process.exit(0);
    default:
      console.error(read.text);
      return process.exit(2);
  }
}

/** @throws TypeError for what is no flag. */
function parse(names: readonly string[], args: readonly string[]): ReadonlyMap<string, unknown> {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' }] as const));
  const { values } = parseArgs({ args: [...args], options: { ...options, help: { type: 'boolean', short: 'h' } } });
  return new Map(Object.entries(values));
}

function numberOf(name: string, { byDefault, min, max }: NumberFlag, given: unknown): number {
  if (given === undefined) return byDefault;
  const number = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new TypeError(`--${name}: expected a whole number from ${min} to ${max}`);
}

function usageOf(program: string, flags: Readonly<Record<string, NumberFlag>>): string {
  const lines = entriesOf(flags).map(([name, { help, byDefault }]) => `  ${`--${name} <number>`.padEnd(24)}${help} (default ${byDefault})`);
  return [`Usage: ${program} [flags]`, '', ...lines, `  ${'--help'.padEnd(24)}shows this`].join('\n');
}

function entriesOf(flags: Readonly<Record<string, NumberFlag>>): readonly [string, NumberFlag][] {
  return Object.entries(flags);
}
