import {
  PHASES,
  type PageAttempt,
  type PageConnection,
  type PageData,
  type PageExchange,
  type Phase,
  type Segment,
} from '../src/waterfall/page-data.ts';

/** Phases one after the other from a time on, each for so many milliseconds. */
export function segmentsFrom(startMs: number, ...phases: readonly (readonly [Phase, number])[]): readonly Segment[] {
  let atMs = startMs;
  return phases.map(([phase, ms]): Segment => {
    const from = atMs;
    atMs += ms;
    return [PHASES.indexOf(phase), from, atMs];
  });
}

export function pageAttempt(known: Partial<PageAttempt> = {}): PageAttempt {
  return { cause: 'first', segments: [], ...known };
}

/** Answered with 200 within 10 ms of time 0, but for what is given. */
export function pageExchange(known: Partial<PageExchange> = {}): PageExchange {
  return { id: 1, method: 'GET', url: 'https://example.com/', origin: 0, status: 200, startMs: 0, endMs: 10, attempts: [], ...known };
}

export function pageConnection(known: Partial<PageConnection> = {}): PageConnection {
  return { id: 1, origin: 0, protocol: 'http/1.1', openedMs: 0, carried: 0, ...known };
}

export function pageData(known: Partial<PageData> = {}): PageData {
  return {
    title: 'Test',
    startedAtMs: 0,
    endMs: 100,
    dropped: 0,
    origins: ['https://example.com'],
    exchanges: [],
    connections: [],
    ...known,
  };
}
