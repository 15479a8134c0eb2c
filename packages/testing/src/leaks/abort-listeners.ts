import { creation } from './creation.ts';
import type { Entry, Ledger } from './ledger.ts';

type Listener = Parameters<EventTarget['addEventListener']>[1];
type Options = Parameters<EventTarget['addEventListener']>[2];

interface Registration {
  readonly listener: Listener;
  readonly capture: boolean;
}

/**
 * Enters every 'abort' listener on an AbortSignal into the ledger, until it is removed or its signal has aborted. The ledger holds the signal,
 * so that a test's own short-lived signal shows the leak that a program's long-lived one would suffer from.
 */
export function watchAbortListeners(ledger: Ledger): void {
  const registrations = new WeakMap<AbortSignal, Registration[]>();
  const prototype = EventTarget.prototype;
  // oxlint-disable-next-line typescript/unbound-method -- both are called with the `this` of the call they stand in for.
  const { addEventListener: add, removeEventListener: remove } = prototype;

  prototype.addEventListener = function addEventListener(this: EventTarget, type: string, listener: Listener, options?: Options): void {
    add.call(this, type, listener, options);
    if (type !== 'abort' || !(this instanceof AbortSignal) || this.aborted || !listener) return;
    const known = registrations.get(this) ?? [];
    const capture = isCapture(options);
    // Adding the same one again does nothing (DOM §2.7).
    if (known.some((one) => one.listener === listener && one.capture === capture)) return;
    const registration = { listener, capture };
    registrations.set(this, [...known, registration]);
    ledger.open(registration, entryFor(this, options, addEventListener));
  };

  prototype.removeEventListener = function removeEventListener(
    this: EventTarget,
    type: string,
    listener: Listener,
    options?: Options,
  ): void {
    remove.call(this, type, listener, options);
    if (type !== 'abort' || !(this instanceof AbortSignal)) return;
    const known = registrations.get(this) ?? [];
    const gone = known.find((one) => one.listener === listener && one.capture === isCapture(options));
    if (gone === undefined) return;
    registrations.set(
      this,
      known.filter((one) => one !== gone),
    );
    ledger.close(gone);
  };
}

function entryFor(signal: AbortSignal, options: Options, above: (...args: never[]) => unknown): Entry {
  const remover = typeof options === 'object' ? options.signal : undefined;
  return {
    kind: 'abort listener',
    created: creation(above),
    describe: () => '',
    isOver: () => signal.aborted || remover?.aborted === true,
  };
}

function isCapture(options: Options | { readonly capture?: boolean }): boolean {
  return typeof options === 'object' ? options.capture === true : options === true;
}
