import { type Created, isForeign, tellingFrames } from './creation.ts';

/** Something that was begun and must end. */
export interface Entry {
  /** Like `socket` or `timer`. */
  readonly kind: string;
  readonly created: Created;
  /** What tells it from its like; asked for only when it is reported. */
  describe(): string;
  /** Whether it ended without anybody having said so. Absent where {@link Ledger.close} is always called. */
  isOver?(): boolean;
}

/** The file's own scope: what `beforeAll` and the modules begin, which `afterAll` ends. Every test has a higher one. */
export const FILE_SCOPE = 0;

/** What was begun and has not ended, each with the scope (a test, or the file around it) in which it was begun. */
export class Ledger {
  readonly #open = new Map<unknown, { readonly entry: Entry; readonly scope: number }>();
  #scope = FILE_SCOPE;
  #scopes = FILE_SCOPE;

  /** Where what is begun now belongs. */
  get scope(): number {
    return this.#scope;
  }

  /** What is begun from here on belongs to a new scope. */
  enterTest(): number {
    this.#scopes += 1;
    this.#scope = this.#scopes;
    return this.#scope;
  }

  /** Forgets what the scope has left, so that no other is blamed for it; what is begun from here on belongs to the file. */
  leave(scope: number): void {
    for (const [key, open] of this.#open) {
      if (open.scope === scope) this.#open.delete(key);
    }
    this.#scope = FILE_SCOPE;
  }

  open(key: unknown, entry: Entry): void {
    this.#open.set(key, { entry, scope: this.#scope });
  }

  close(key: unknown): void {
    this.#open.delete(key);
  }

  /** What the scope has begun and not ended, without what belongs to the runner or to Node itself. */
  left(scope: number): Entry[] {
    const left: Entry[] = [];
    for (const [key, open] of this.#open) {
      if (open.scope !== scope) continue;
      if (open.entry.isOver?.() === true || isForeign(open.entry)) this.#open.delete(key);
      else left.push(open.entry);
    }
    return left;
  }
}

/** A leak as the failure shows it: what it is, and where it was begun. */
export function report(entry: Entry): string {
  const frames = shortened(tellingFrames(entry.created));
  const where = frames.length === 0 ? ['(in a callback of Node: an accepted connection, for example)'] : frames;
  return [`${entry.kind} ${entry.describe()}`.trimEnd(), ...where.map((frame) => `    ${frame}`)].join('\n');
}

const INNER_FRAMES = 6;

/** The innermost frames, and the outermost: it is often the test's. */
function shortened(frames: readonly string[]): readonly string[] {
  return frames.length <= INNER_FRAMES + 1 ? frames : [...frames.slice(0, INNER_FRAMES), '...', ...frames.slice(-1)];
}
