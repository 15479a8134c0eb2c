/** The values in an order that depends on the seed alone (Fisher-Yates, with a linear congruential generator). */
export function shuffled<Value>(values: readonly Value[], seed: number): readonly Value[] {
  const left = [...values];
  const order: Value[] = [];
  let state = seed;
  while (left.length > 0) {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    order.push(...left.splice(Math.floor((state / 4_294_967_296) * left.length), 1));
  }
  return order;
}
