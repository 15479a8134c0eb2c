import { PHASES, type PageData, type PageExchange } from '../../page-data.ts';

/** An exchange with what is asked of it again and again, computed once. */
export interface ExchangeFacts {
  readonly exchange: PageExchange;
  /** Its place in {@link PageData.exchanges}. */
  readonly index: number;
  /** Up to its end or, while it is under way, to the end of the log. */
  readonly durationMs: number;
  readonly outcome: 'answered' | 'failed' | 'under-way';
  /** By phase, of all attempts together. */
  readonly phaseMs: readonly number[];
  /** In no phase: in layers above the Transport, as a retry's delay. */
  readonly outsideMs: number;
  /** An attempt was given a connection that had carried nothing. */
  readonly opened: boolean;
  /** In small letters: what a filter's words are looked for in. */
  readonly text: string;
}

export function exchangeFacts(data: PageData): readonly ExchangeFacts[] {
  return data.exchanges.map((exchange, index) => factsOf(exchange, index, data.endMs));
}

function factsOf(exchange: PageExchange, index: number, endMs: number): ExchangeFacts {
  const durationMs = (exchange.endMs ?? endMs) - exchange.startMs;
  const phaseMs = PHASES.map(() => 0);
  let insideMs = 0;
  for (const { segments } of exchange.attempts) {
    for (const [phase, from, to] of segments) {
      phaseMs[phase] = (phaseMs[phase] ?? 0) + to - from;
      insideMs += to - from;
    }
  }
  return {
    exchange,
    index,
    durationMs,
    outcome: outcomeOf(exchange),
    phaseMs,
    outsideMs: Math.max(0, durationMs - insideMs),
    opened: exchange.attempts.some(({ reused }) => reused === false),
    text: searchText(exchange),
  };
}

function outcomeOf({ error, isGivenUp, endMs }: PageExchange): ExchangeFacts['outcome'] {
  if (error !== undefined && isGivenUp !== true) return 'failed';
  return endMs === undefined ? 'under-way' : 'answered';
}

function searchText({ id, method, url, status, proto, error, attempts }: PageExchange): string {
  const connections = attempts.map(({ connection }) => `conn:${connection ?? 'none'}`);
  return [`#${id}`, method, url, status, proto, error, ...connections, ''].join(' ').toLowerCase();
}
