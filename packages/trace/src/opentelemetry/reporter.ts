import type { TraceListener } from '@roundtripper/core';

import { ConnectionLevels } from './connection-levels.ts';
import { instrumentsOf, type Instruments } from './instruments.ts';
import { Level, LevelTeller } from './level.ts';
import { SCOPE, type Settings } from './options.ts';
import { metricAttributes, type RequestFacts } from './request-attributes.ts';

/** A crawler meets millions of origins: beyond so many, those that nothing is asked of are forgotten. */
const MAX_LEVELS = 1_000;

/** What the requests of one middleware share: the instruments, and what is counted over requests. */
export class Reporter {
  readonly settings: Settings;
  readonly instruments: Instruments;
  readonly connections: ConnectionLevels;
  /** For a request of which nothing but its connection counts. */
  readonly connectionListener: TraceListener;
  readonly #activeTeller: LevelTeller;
  readonly #active = new Map<string, Level>();

  constructor(settings: Settings) {
    this.settings = settings;
    this.instruments = instrumentsOf(settings.meterProvider, SCOPE);
    const connections = new ConnectionLevels(this.instruments, settings.optIn);
    this.connections = connections;
    this.connectionListener = (event) => connections.onEvent(event);
    this.#activeTeller = new LevelTeller(this.instruments.activeRequests);
  }

  /** A request has begun. @returns where its end is to be told. */
  began(facts: RequestFacts): Level {
    const level = this.#levelOf(facts);
    this.#activeTeller.change(level, 1);
    return level;
  }

  /** A request is over. With the last of its kind all is told at once: whoever ends the program then finds it so. */
  ended(level: Level): void {
    this.#activeTeller.change(level, -1);
    if (level.value === 0) this.#activeTeller.tellAll();
  }

  #levelOf({ method, origin, template }: RequestFacts): Level {
    const key = `${method} ${origin.key} ${template ?? ''}`;
    const found = this.#active.get(key);
    if (found !== undefined) return found;
    if (this.#active.size >= MAX_LEVELS) this.#forgetUnused();
    const level = new Level(metricAttributes({ method, origin, template }, this.settings.optIn));
    this.#active.set(key, level);
    return level;
  }

  #forgetUnused(): void {
    for (const [key, level] of this.#active) if (level.value === 0) this.#active.delete(key);
  }
}
