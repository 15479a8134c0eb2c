import { labelsOf } from '../labels.ts';
import type { DeleteTarget } from '../store.ts';
import type { StoredResponse } from '../stored-response.ts';
import { EVERYTHING, isNamedBy, nameOf } from './deletions.ts';
import { beginRemoval, removeId, type Removal } from './removal.ts';
import type { Statements } from './statements.ts';

/** So many deletions are remembered; where there are more, everything goes. */
const MOST = 256;

/** What is to go. */
export type RemovalTarget = DeleteTarget | 'everything';

/** A deletion that was asked for. */
export interface OwedDeletion {
  readonly target: RemovalTarget;
  /** What it has come to; undefined before it is carried out. */
  removal: Removal | undefined;
}

/**
 * Deletions from when they are asked for until they are in the file. Other processes may keep it locked for longer than anybody waits, and what is invalid must not be served
 * meanwhile (RFC 9111 §4.4): for this process it is gone at once, for the others with the next transaction that succeeds.
 */
export class OwedDeletions {
  readonly #nowMs: () => number;
  #owed: OwedDeletion[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get isEmpty(): boolean {
    return this.#owed.length === 0;
  }

  add(target: RemovalTarget): OwedDeletion {
    const isTooMuch = this.#owed.length >= MOST;
    const owed: OwedDeletion = { target: isTooMuch ? 'everything' : target, removal: undefined };
    if (isTooMuch) this.#owed = [];
    this.#owed.push(owed);
    return owed;
  }

  /** Whether a response that is still in the file is gone. */
  hides(stored: StoredResponse): boolean {
    if (this.isEmpty) return false;
    const labels = labelsOf(stored);
    return this.#owed.some(({ target }) => isNamed(target, stored.id, labels));
  }

  /** Carries all of them out in a transaction, before anything else in it. */
  settle(statements: Statements): void {
    for (const owed of this.#owed) owed.removal = removalOf(statements, owed.target, this.#nowMs());
  }

  /** The transaction has succeeded. */
  settled(): void {
    if (!this.isEmpty) this.#owed = [];
  }
}

function isNamed(target: RemovalTarget, id: string, labels: readonly string[]): boolean {
  if (target === 'everything') return isNamedBy(EVERYTHING, labels);
  return target.kind === 'id' ? target.id === id : isNamedBy(nameOf(target), labels);
}

function removalOf(statements: Statements, target: RemovalTarget, nowMs: number): Removal {
  if (target === 'everything' || target.kind !== 'id') return beginRemoval(statements, target, nowMs);
  return { count: removeId(statements, target.id, nowMs), sweep: undefined };
}
