/**
 * Has Node's `util.inspect`, and so `console.log` and error reports, print an object as `show` says: fields of these objects may hold secrets.
 * A method with a computed name would do, had `isolatedDeclarations` a way to declare it.
 */
export function inspectAs<T extends object>(prototype: T, show: (object: T) => string): void {
  Object.defineProperty(prototype, Symbol.for('nodejs.util.inspect.custom'), {
    configurable: true,
    value(this: T): string {
      return show(this);
    },
  });
}
