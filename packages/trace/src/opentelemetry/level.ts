import type { Attributes, UpDownCounter } from '@opentelemetry/api';

/** How many of something there are now: one series of an UpDownCounter. */
export class Level {
  readonly attributes: Attributes;
  value = 0;
  /** What the counter knows. */
  told = 0;

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }
}

/**
 * Tells a counter what has become of its levels: at the end of each turn of the event loop, and at once where it is asked to. A connection that one request gives back and
 * the next one takes within the turn changes nothing then, and costs nothing: telling the SDK's counter something takes it 0.8 µs, and a request has six such changes.
 */
export class LevelTeller {
  readonly #counter: UpDownCounter;
  readonly #changed = new Set<Level>();
  #later: NodeJS.Immediate | undefined;

  constructor(counter: UpDownCounter) {
    this.#counter = counter;
  }

  change(level: Level, by: number): void {
    level.value += by;
    this.#changed.add(level);
    if (this.#later !== undefined) return;
    this.#later = setImmediate(() => this.tellAll());
    // What nobody will hear keeps no process alive.
    this.#later.unref();
  }

  tellAll(): void {
    clearImmediate(this.#later);
    this.#later = undefined;
    for (const level of this.#changed) {
      const change = level.value - level.told;
      level.told = level.value;
      if (change !== 0) this.#counter.add(change, level.attributes);
    }
    this.#changed.clear();
  }
}
