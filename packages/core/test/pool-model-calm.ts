import { turnsAway, type ModelConnection } from './pool-model-connection.ts';

/** What Math.random is while a pool is compared with the model: pauses end at odd times then, when nothing else does. */
export const CHANCE = 0.1;

/** The server's last word: it asks for calm, or turns something away where nothing was carried; a connection was opened since; an exchange was carried since. */
interface Word {
  kind: 'asked' | 'opened' | 'carried';
  atMs: number;
  /** How often it has asked. */
  times: number;
  /** Until when no connection is opened. */
  untilMs: number;
}

/** Of the model of a pool: which servers have asked for calm or turned something away, and when the pool looks again at those who wait because of it. */
export class ModelCalm {
  readonly #words = new Map<string, Word>();
  readonly #wakeAt = new Map<string, number>();

  /** Whether connections are opened one by one. */
  isUntried(route: string): boolean {
    const word = this.#words.get(route);
    return word !== undefined && word.kind !== 'carried';
  }

  mayOpen(route: string, dialing: number, nowMs: number): boolean {
    return !this.isUntried(route) || (dialing === 0 && nowMs >= this.#untilMs(route));
  }

  /** The peer of a connection asks: what it says twice it says once. */
  asked(connection: ModelConnection, nowMs: number): void {
    if (connection.asksForCalm) return;
    connection.asksForCalm = true;
    const { route } = connection;
    const before = this.#words.get(route);
    const isRepeated = before?.kind === 'asked' && nowMs < before.untilMs;
    const times = (before?.times ?? 0) + (isRepeated ? 0 : 1);
    const untilMs = Math.max(isRepeated ? before.untilMs : 0, nowMs + pause(times));
    this.#words.set(route, { kind: 'asked', atMs: nowMs, times, untilMs });
  }

  /** It may look at nothing that it is asked on a connection. The first time that is no reason to wait. */
  looked(connection: ModelConnection, nowMs: number): void {
    if (connection.asksForCalm || connection.isHeard || !turnsAway(connection)) return;
    connection.isHeard = true;
    const { route } = connection;
    const before = this.#words.get(route);
    if (before === undefined || before.kind === 'carried') {
      this.#words.set(route, { kind: 'asked', atMs: nowMs, times: before?.times ?? 0, untilMs: nowMs });
    } else if (before.kind === 'opened') {
      const times = before.times + 1;
      this.#words.set(route, { kind: 'asked', atMs: nowMs, times, untilMs: nowMs + pause(times) });
    }
  }

  isKnown(route: string): boolean {
    return this.#words.has(route);
  }

  opened(connection: ModelConnection, nowMs: number): void {
    this.#tried(connection, nowMs);
    this.looked(connection, nowMs);
  }

  #tried({ route }: ModelConnection, nowMs: number): void {
    const word = this.#words.get(route);
    if (word === undefined || word.kind === 'carried' || (word.kind === 'asked' && nowMs < word.untilMs)) return;
    this.#words.set(route, { kind: 'opened', atMs: nowMs, times: word.times, untilMs: nowMs + pause(Math.max(1, word.times)) });
  }

  /** An exchange is over, however it ended. */
  carried(connection: ModelConnection, nowMs: number): void {
    const { route, asksForCalm } = connection;
    const word = this.#words.get(route);
    if (word === undefined || asksForCalm || turnsAway(connection)) return;
    if (word.kind === 'carried') {
      if (nowMs - word.atMs >= 30_000) this.#words.delete(route);
    } else if (word.kind === 'opened' || nowMs >= word.untilMs) {
      this.#words.set(route, { kind: 'carried', atMs: nowMs, times: word.times, untilMs: 0 });
    }
  }

  /** @param waiting How many wait without a dial. */
  watch(route: string, waiting: number, nowMs: number): void {
    const mayWake = this.isUntried(route) && nowMs < this.#untilMs(route);
    if (waiting === 0) this.#wakeAt.delete(route);
    else if (mayWake && !this.#wakeAt.has(route)) this.#wakeAt.set(route, this.#untilMs(route));
  }

  /** Nobody waits any more. */
  rest(route: string | undefined): void {
    if (route !== undefined) this.#wakeAt.delete(route);
  }

  /** When it looks next. */
  get dueMs(): number {
    return Math.min(...this.#wakeAt.values());
  }

  /** @returns the routes that it is to look at now. */
  wake(nowMs: number): string[] {
    const due = [...this.#wakeAt].filter(([, atMs]) => atMs <= nowMs).map(([route]) => route);
    for (const route of due) this.#wakeAt.delete(route);
    return due;
  }

  #untilMs(route: string): number {
    return this.#words.get(route)?.untilMs ?? 0;
  }
}

function pause(times: number): number {
  return Math.min(8_000, 250 * 2 ** (times - 1)) * (0.5 + CHANCE / 2);
}
