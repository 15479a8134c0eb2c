import { Block, type BodyMemory } from './body-memory.ts';
import { HashTable } from './hash-table.ts';
import { packedBody, packResponse, unpackHead } from './packed-response.ts';
import type { StoredPolicy, StoredResponse } from './stored-response.ts';

/** What comes to be stored. */
export interface Arrival {
  readonly head: StoredResponse;
  /** Of its key. */
  readonly hash: number;
  /** Bytes are lent, and copied; a block is kept. */
  readonly body: Uint8Array | Block;
  /** What it counts for. */
  readonly bytes: number;
  /** When it came, as the store counts uses. */
  readonly cameAt: number;
}

/** A stored response that nobody has used yet. The object is that of another once it has gone. */
export class Newcomer {
  /** Where it stands among all such objects. @internal */
  readonly row: number;
  /** Of its key. */
  hash = 0;
  /** What it counts for. */
  bytes = 0;
  /** When it came, as the store counts uses. */
  cameAt = 0;
  /** Its head, and its body unless that is `apart`. */
  packed: Block;
  apart: Block | undefined;
  policy: StoredPolicy;
  /** Its head once somebody has looked at it: who looks once looks again. @internal */
  head: StoredResponse | undefined;
  /** Those that came before and after it. @internal */
  older: Newcomer | undefined;
  /** @internal */
  newer: Newcomer | undefined;

  constructor(row: number, packed: Block, policy: StoredPolicy) {
    this.row = row;
    this.packed = packed;
    this.policy = policy;
    this.apart = undefined;
    this.head = undefined;
    this.older = undefined;
    this.newer = undefined;
  }
}

/**
 * Stored responses that nobody has used yet, in the order in which they came, one for a hash at most. That is most of what a cache stores, until it goes: so each is bytes and an object that is
 * used again, near those that came before and after it.
 */
export class Newcomers {
  readonly #memory: BodyMemory;
  readonly #byHash = new HashTable();
  /** All objects there are, those of nothing included. */
  readonly #rows: Newcomer[] = [];
  readonly #free: Newcomer[] = [];
  #oldest: Newcomer | undefined;
  #newest: Newcomer | undefined;

  constructor(memory: BodyMemory) {
    this.#memory = memory;
  }

  /** The one that came first. */
  get oldest(): Newcomer | undefined {
    return this.#oldest;
  }

  find(hash: number): Newcomer | undefined {
    const row = this.#byHash.get(hash);
    return row === undefined ? undefined : this.#rows[row];
  }

  /** The hash is that of none that is here. @returns undefined for what cannot be packed, see {@link packResponse}. */
  add({ head, hash, body, bytes, cameAt }: Arrival): Newcomer | undefined {
    // One that is not what its head says is found out when it is read.
    if (head.bodyBytes !== body.byteLength) return undefined;
    const packed = packResponse(head, body instanceof Uint8Array ? body : undefined, this.#memory);
    if (packed === undefined) return undefined;
    const newcomer = this.#free.pop() ?? this.#another(packed, head.policy);
    newcomer.hash = hash;
    newcomer.bytes = bytes;
    newcomer.cameAt = cameAt;
    newcomer.packed = packed;
    newcomer.policy = head.policy;
    newcomer.apart = body instanceof Uint8Array ? undefined : body;
    newcomer.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = newcomer;
    else this.#newest.newer = newcomer;
    this.#newest = newcomer;
    this.#byHash.set(hash, newcomer.row);
    return newcomer;
  }

  headOf(newcomer: Newcomer): StoredResponse {
    return (newcomer.head ??= unpackHead(newcomer.packed, newcomer.policy));
  }

  /** Takes one out that is used. @returns its body, which is the caller's to keep. */
  settle(newcomer: Newcomer): Block {
    const { apart, packed } = newcomer;
    this.#take(newcomer);
    const body = apart ?? this.#memory.keep(packedBody(packed));
    this.#memory.free(packed);
    return body;
  }

  /** One of them goes. */
  remove(newcomer: Newcomer): void {
    const { apart, packed } = newcomer;
    this.#take(newcomer);
    this.#memory.free(packed);
    if (apart !== undefined) this.#memory.free(apart);
  }

  /** All of them, the oldest first. */
  all(): Newcomer[] {
    const all: Newcomer[] = [];
    for (let one = this.#oldest; one !== undefined; one = one.newer) all.push(one);
    return all;
  }

  #another(packed: Block, policy: StoredPolicy): Newcomer {
    const newcomer = new Newcomer(this.#rows.length, packed, policy);
    this.#rows.push(newcomer);
    return newcomer;
  }

  #take(newcomer: Newcomer): void {
    const { older, newer, hash } = newcomer;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    newcomer.older = undefined;
    newcomer.newer = undefined;
    // A slab that is given up goes only when nobody has a place of it.
    newcomer.packed = NOTHING_PACKED;
    newcomer.apart = undefined;
    newcomer.head = undefined;
    this.#byHash.delete(hash);
    this.#free.push(newcomer);
  }
}

const NOTHING_PACKED = new Block(Buffer.alloc(0), 0, 0, undefined);
