/** How requests are to be dealt with. `mix`: a tenth of them badly, in every way there is. `race`: all well, but connections end while they are idle. */
export type Scenario = 'mix' | 'race';

export const SCENARIOS: readonly Scenario[] = ['mix', 'race'];

/** What a client sends. The server knows it too: it tells a whole request from a part of one. */
export interface PlannedRequest {
  readonly method: 'GET' | 'POST';
  readonly bodyBytes: number;
  /** Whether the body can be read once only, and its length is not told. */
  readonly isStreamed: boolean;
  /** How long the caller waits before it. */
  readonly pauseMs: number;
}

/** How the server deals with an attempt at a request. */
export type Fate =
  | 'answer'
  | 'answer-and-say-close'
  /** What follows happens before the request was read as a whole: it has no effect. */
  | 'close-at-head'
  | 'close-in-body'
  | 'early-413'
  /** What follows happens after it had its effect. */
  | 'close-unanswered'
  | 'close-in-head'
  | 'close-in-answer'
  | 'garbage'
  /** Closes what is idle shortly after. */
  | 'answer-then-close'
  /** Reads nothing more, and closes shortly after: whatever was sent meanwhile was in vain. */
  | 'answer-then-close-unread'
  | 'answer-then-408';

const FAULTS: readonly Fate[] = [
  'answer-and-say-close',
  'close-at-head',
  'close-in-body',
  'early-413',
  'close-unanswered',
  'close-in-head',
  'close-in-answer',
  'garbage',
  'answer-then-close',
  'answer-then-close-unread',
  'answer-then-408',
];

/** Everything is drawn from the seed and the number of the request, so that the server, each client and another run agree. go/main.go has the same. */
export function plannedRequest(seed: number, id: number): PlannedRequest {
  const method = draw(seed, id, 1) % 2 === 0 ? 'GET' : 'POST';
  const isLarge = draw(seed, id, 2) % 50 === 0;
  const bodyBytes = isLarge ? 60_000 + (draw(seed, id, 3) % 200_000) : draw(seed, id, 3) % 1_500;
  const isStreamed = draw(seed, id, 4) % 8 === 0;
  return {
    method,
    bodyBytes: method === 'GET' ? 0 : bodyBytes,
    isStreamed: method === 'POST' && isStreamed,
    pauseMs: pauseOf(draw(seed, id, 5)),
  };
}

export interface PlannedAnswer {
  readonly fate: Fate;
  readonly isReset: boolean;
  readonly isChunked: boolean;
  readonly pauseMs: number;
}

/** @param attempt 0 for the first time that the server sees the request. */
export function plannedAnswer(scenario: Scenario, seed: number, id: number, attempt: number): PlannedAnswer {
  const salt = 16 * (attempt + 1);
  const fate = scenario === 'race' ? raceFate(draw(seed, id, salt)) : mixedFate(draw(seed, id, salt), draw(seed, id, salt + 1));
  return {
    fate,
    isReset: draw(seed, id, salt + 2) % 2 === 0,
    isChunked: draw(seed, id, salt + 3) % 2 === 0,
    pauseMs: pauseOf(draw(seed, id, salt + 4)),
  };
}

/** Up to 4 ms, in microseconds. */
function pauseOf(drawn: number): number {
  return (drawn % 4_000) / 1_000;
}

function raceFate(drawn: number): Fate {
  return drawn % 2 === 0 ? 'answer-then-close' : 'answer';
}

function mixedFate(drawn: number, which: number): Fate {
  return drawn % 10 === 0 ? (FAULTS[which % FAULTS.length] ?? 'answer') : 'answer';
}

/** The body of the answer to a request: a few are larger than what one read brings. */
export function answerText(seed: number, id: number): string {
  const drawn = draw(seed, id, 6);
  return `${id}:${'x'.repeat(drawn % 50 === 0 ? 100_000 : drawn % 1_000)}`;
}

/** 32 bits that look random (MurmurHash3's finalizer). */
function draw(seed: number, id: number, salt: number): number {
  let bits = seed ^ Math.imul(id + 1, 0x9e37_79b1) ^ Math.imul(salt, 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
