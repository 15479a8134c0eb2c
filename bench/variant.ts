/** One of two that take turns in one process. */
export interface Variant extends AsyncDisposable {
  /** One exchange, checked. */
  readonly get: () => Promise<void>;
  /** Called before its windows, where the process has to be changed for it. */
  readonly turnOn?: () => void;
  /** Called after them. */
  readonly turnOff?: () => void;
  /** Called after each window. @throws Error where it has not done what it is measured for. */
  readonly verify?: () => Promise<void>;
}
