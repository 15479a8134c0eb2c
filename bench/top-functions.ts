/** As V8 writes it: the parts that are used here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** Ids of nodes. */
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

/** A function, by the time that went by in itself and not in those that it called. */
export interface ProfiledFunction {
  readonly name: string;
  /** File and line; empty for what is no function, as the garbage collector. */
  readonly place: string;
  /** Of the time that was not idle: 0 to 1. */
  readonly share: number;
}

/** The functions that took most, most first. One that was compiled several times is one. */
export function topFunctions(profile: CpuProfile, count: number): readonly ProfiledFunction[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const micros = new Map<string, { readonly name: string; readonly place: string; micros: number }>();
  let total = 0;
  for (const [at, id] of profile.samples.entries()) {
    const node = nodes.get(id);
    if (node === undefined || node.callFrame.functionName === '(idle)') continue;
    const taken = profile.timeDeltas[at] ?? 0;
    const name = node.callFrame.functionName || '(anonymous)';
    const place = placeOf(node);
    const found = micros.get(`${name} ${place}`) ?? { name, place, micros: 0 };
    found.micros += taken;
    total += taken;
    micros.set(`${name} ${place}`, found);
  }
  return [...micros.values()]
    .toSorted((a, b) => b.micros - a.micros)
    .slice(0, count)
    .map(({ name, place, micros: taken }) => ({ name, place, share: taken / total }));
}

/** The file by the last parts of its path, which say enough. */
function placeOf({ callFrame: { url, lineNumber } }: ProfileNode): string {
  if (url === '') return '';
  const parts = url.replace(/^file:\/\//, '').split('/');
  return `${parts.slice(-3).join('/')}:${lineNumber + 1}`;
}
