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

/** A function or a file, by the time that went by in itself and not in what it called. */
export interface SelfTime {
  readonly name: string;
  /** Of the time that was neither idle nor the profiler's: 0 to 1. */
  readonly share: number;
}

/** The functions that took most, most first. One that was compiled several times is one. */
export function topFunctions(profile: CpuProfile, count: number): readonly SelfTime[] {
  return top(profile, count, ({ callFrame: { functionName, url, lineNumber } }) => {
    const name = functionName || '(anonymous)';
    return url === '' ? name : `${name}, ${fileOf(url)}:${lineNumber + 1}`;
  });
}

/** The files that took most, most first. What is in none is named by itself: system calls that JavaScript makes, and the garbage collector. */
export function topFiles(profile: CpuProfile, count: number): readonly SelfTime[] {
  return top(profile, count, ({ callFrame: { functionName, url } }) => (url === '' ? functionName || '(anonymous)' : fileOf(url)));
}

function top(profile: CpuProfile, count: number, nameOf: (node: ProfileNode) => string): readonly SelfTime[] {
  const names = new Map(profile.nodes.filter(isWork).map((node) => [node.id, nameOf(node)]));
  const micros = new Map<string, number>();
  let total = 0;
  for (const [at, id] of profile.samples.entries()) {
    const name = names.get(id);
    if (name === undefined) continue;
    const taken = profile.timeDeltas[at] ?? 0;
    total += taken;
    micros.set(name, (micros.get(name) ?? 0) + taken);
  }
  const sorted = [...micros].toSorted(([, a], [, b]) => b - a);
  return sorted.slice(0, count).map(([name, taken]) => ({ name, share: taken / total }));
}

function isWork({ callFrame: { functionName, url } }: ProfileNode): boolean {
  return functionName !== '(idle)' && url !== 'node:inspector';
}

/** By the last parts of its path, which say enough. */
function fileOf(url: string): string {
  return url
    .replace(/^file:\/\//, '')
    .split('/')
    .slice(-3)
    .join('/');
}
