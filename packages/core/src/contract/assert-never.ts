/** Makes a `switch` over a union exhaustive: a new member no longer compiles until it has its case. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}
