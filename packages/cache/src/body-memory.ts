import type { ByteRange } from './store.ts';

/** Where a body lies, or a head that is packed. Its owner keeps it, and gives it back by {@link BodyMemory.free}. */
export class Block {
  memory: Buffer;
  offset: number;
  /** The length of what lies there; of a place in which nothing lies, of no meaning. */
  byteLength = 0;
  /** What it takes: what lies there, and what its length was rounded up by. */
  readonly capacity: number;
  /** What it shares its memory with; undefined where that is its own. */
  slab: Slab | undefined;
  /** Whether somebody may have a view of its memory, which must not change then. */
  isLent = false;
  /** Whether a body lies in it; of memory of its own, of no meaning. */
  isUsed = false;

  constructor(memory: Buffer, offset: number, capacity: number, slab: Slab | undefined) {
    this.memory = memory;
    this.offset = offset;
    this.capacity = capacity;
    this.slab = slab;
  }
}

/** Places of one size in one piece of memory. */
interface Slab {
  /** All of it; each place begins with one. */
  readonly numbers: Float64Array;
  /** All of them, in their order. Not a set of those in use: to keep one costs each body 0.1 µs. */
  readonly places: Block[];
  /** In how many a body lies. */
  used: number;
  /** How many are neither in use nor free: somebody may have a view of them. */
  lost: number;
}

/** Places of one size. */
interface SizeClass {
  readonly capacity: number;
  readonly placesPerSlab: number;
  readonly slabs: Set<Slab>;
  /** Those in which nothing lies. */
  readonly free: Block[];
  /** How many are in use. */
  used: number;
  /** How many are neither in use nor free. */
  lost: number;
}

const SLAB_BYTES = 65_536;

/** Up to here bodies share memory. */
const SMALL_BYTES = 4_096;

/** Beyond that a body's memory is never used again. */
const LARGE_BYTES = 1_048_576;

/** What is kept of the memory of large bodies that are gone. */
const SPARE_BYTES = 4_194_304;

/**
 * The memory of bodies, and of packed heads, that come and go. An `ArrayBuffer` for each would cost 1 µs, and is memory outside V8's heap, whose growth makes V8 collect garbage: of a store that forgets as
 * much as it takes, 64 KiB at a time, each body costs 30 µs of that. So small bodies share slabs, and memory is used again: but never where somebody was lent a view of it, which may
 * be read at any time. That is left to the garbage collector, a slab once its other bodies were moved to another.
 */
export class BodyMemory {
  readonly #classes = new Map<number, SizeClass>();
  #spareBytes = 0;

  /** A copy of `bytes`. */
  keep(bytes: Uint8Array): Block {
    const block = this.take(bytes.byteLength);
    block.memory.set(bytes, block.offset);
    return block;
  }

  /** Room for so many bytes, which its owner writes there. */
  take(byteLength: number): Block {
    const capacity = capacityFor(byteLength);
    const block = capacity > LARGE_BYTES ? ownBlock(capacity) : this.#take(capacity);
    block.byteLength = byteLength;
    return block;
  }

  /** Bytes that never change any more, whatever becomes of the block. What is asked for beyond its end is another's, or was. */
  read(block: Block, range?: ByteRange): Uint8Array {
    block.isLent = true;
    const end = Math.min(range?.end ?? block.byteLength, block.byteLength);
    const start = Math.min(range?.start ?? 0, end);
    return block.memory.subarray(block.offset + start, block.offset + end);
  }

  /** Its owner has no use for it any more. */
  free(block: Block): void {
    const { slab, capacity } = block;
    if (slab !== undefined) freePlace(this.#classOf(capacity), slab, block);
    else if (!block.isLent && capacity <= LARGE_BYTES && this.#spareBytes + capacity <= SPARE_BYTES) {
      this.#spareBytes += capacity;
      this.#classOf(capacity).free.push(block);
    }
  }

  #take(capacity: number): Block {
    const size = this.#classOf(capacity);
    if (capacity <= SMALL_BYTES) return takePlace(size);
    const block = size.free.pop();
    if (block === undefined) return ownBlock(capacity);
    this.#spareBytes -= capacity;
    return block;
  }

  #classOf(capacity: number): SizeClass {
    let size = this.#classes.get(capacity);
    if (size === undefined) {
      size = { capacity, placesPerSlab: Math.floor(SLAB_BYTES / capacity), slabs: new Set(), free: [], used: 0, lost: 0 };
      this.#classes.set(capacity, size);
    }
    return size;
  }
}

/** What so many bytes take: rounded up by an eighth at most, so that there are few sizes. */
export function capacityFor(bytes: number): number {
  if (bytes > LARGE_BYTES) return bytes;
  // An eighth of the highest power of two in it.
  const step = bytes < 1_024 ? 64 : 1 << (28 - Math.clz32(bytes));
  return Math.max(step, Math.ceil(bytes / step) * step);
}

function ownBlock(capacity: number): Block {
  return new Block(Buffer.allocUnsafeSlow(capacity), 0, capacity, undefined);
}

function takePlace(size: SizeClass): Block {
  const place = size.free.pop() ?? addSlab(size);
  place.isUsed = true;
  if (place.slab !== undefined) place.slab.used += 1;
  size.used += 1;
  return place;
}

/** @returns one of its places; the others are free. */
function addSlab({ capacity, placesPerSlab, slabs, free }: SizeClass): Block {
  const memory = Buffer.allocUnsafeSlow(SLAB_BYTES);
  const slab: Slab = { numbers: new Float64Array(memory.buffer), places: [], used: 0, lost: 0 };
  const first = new Block(memory, 0, capacity, slab);
  slabs.add(slab);
  slab.places.push(first);
  for (let at = 1; at < placesPerSlab; at++) {
    const place = new Block(memory, at * capacity, capacity, slab);
    slab.places.push(place);
    free.push(place);
  }
  return first;
}

function freePlace(size: SizeClass, slab: Slab, block: Block): void {
  block.isUsed = false;
  slab.used -= 1;
  size.used -= 1;
  if (block.isLent) {
    slab.lost += 1;
    size.lost += 1;
  } else size.free.push(block);
  compact(size);
}

/**
 * Gives up a slab where of all places a quarter is not in use, and at least two slabs' worth. Its bodies move to others: which is paid for by those that have gone, since a slab's worth
 * of free places is left after that, or an eighth of the slab at least was lost to readers. Without these rules bodies would move from one new slab to the next each time that one goes.
 */
function compact(size: SizeClass): void {
  const { slabs, placesPerSlab, used, free, lost } = size;
  const places = slabs.size * placesPerSlab;
  if (places - used < Math.max(2 * placesPerSlab, places / 4)) return;
  if (free.length >= 2 * placesPerSlab) giveUp(size, worst(slabs, isSparser));
  else if (lost >= Math.max(placesPerSlab, places / 8)) giveUp(size, worst(slabs, isMoreLost));
}

function isSparser(one: Slab, other: Slab): boolean {
  return one.used < other.used;
}

function isMoreLost(one: Slab, other: Slab): boolean {
  return one.lost > other.lost;
}

function worst(slabs: ReadonlySet<Slab>, isWorse: (one: Slab, other: Slab) => boolean): Slab | undefined {
  let found: Slab | undefined;
  for (const slab of slabs) if (found === undefined || isWorse(slab, found)) found = slab;
  return found;
}

function giveUp(size: SizeClass, slab: Slab | undefined): void {
  if (slab === undefined) return;
  size.slabs.delete(slab);
  const elsewhere = size.free.filter((place) => place.slab !== slab);
  // One by one: as arguments there may be more of them than the stack holds.
  size.free.length = 0;
  for (const place of elsewhere) size.free.push(place);
  size.used -= slab.used;
  size.lost -= slab.lost;
  for (const place of slab.places) if (place.isUsed) move(place, takePlace(size));
}

function move(body: Block, place: Block): void {
  body.memory.copy(place.memory, place.offset, body.offset, body.offset + body.byteLength);
  // The entry keeps its block, which takes the place of this one.
  if (place.slab !== undefined) place.slab.places[place.offset / place.capacity] = body;
  body.memory = place.memory;
  body.offset = place.offset;
  body.slab = place.slab;
  // Who was lent a view has the old place.
  body.isLent = false;
}
