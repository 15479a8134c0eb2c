const RUNS = 5;
/** A run is repeated until it takes so long: the clock of CPU time is coarse. */
const LEAST_US = 4_000;

/**
 * CPU time for eight times as much, by eight: 1 where time is linear, 8 where it is quadratic. The least of several runs each, so that what else the machine
 * does in between does not count.
 * @param prepare Makes the work for a size; only the work is timed.
 */
export function cpuRatio(prepare: (size: number) => () => void, size: number): number {
  const [one, eight] = [prepare(size), prepare(size * 8)];
  one();
  eight();
  let [ofOne, ofEight] = [Infinity, Infinity];
  for (let run = 0; run < RUNS; run++) {
    ofOne = Math.min(ofOne, cpuUs(one));
    ofEight = Math.min(ofEight, cpuUs(eight));
  }
  return ofEight / ofOne / 8;
}

function cpuUs(work: () => void): number {
  const before = process.cpuUsage();
  for (let count = 1; ; count++) {
    work();
    const { user, system } = process.cpuUsage(before);
    if (user + system >= LEAST_US) return (user + system) / count;
  }
}
