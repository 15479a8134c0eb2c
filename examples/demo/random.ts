/** Numbers from 0 (included) to 1 (excluded), the same for the same seed: mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Ranks from 0 to `count - 1`, the lower the more often, as pages of a site are asked for: rank n comes 1/(n+1) times as often as rank 0 (Zipf). */
export function zipfRanks(count: number, random: () => number): () => number {
  const cumulative: number[] = [];
  let sum = 0;
  for (let rank = 0; rank < count; rank++) {
    sum += 1 / (rank + 1);
    cumulative.push(sum);
  }
  return () => {
    const point = random() * sum;
    return cumulative.findIndex((bound) => point < bound);
  };
}
