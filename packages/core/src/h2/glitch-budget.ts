/** How much of what no peer has a reason to do a connection takes, in the manner and with the figures of nghttp2. */
export interface GlitchLimits {
  /** Glitches at once, and how many come free again in a second. */
  readonly burst: number;
  readonly perSecond: number;
  /** The same for streams that are reset. */
  readonly resetBurst: number;
  readonly resetsPerSecond: number;
  /** DATA frames one after the other that bring nothing and end nothing. */
  readonly maxEmptyData: number;
}

export const DEFAULT_GLITCH_LIMITS: GlitchLimits = {
  burst: 10_000,
  perSecond: 330,
  resetBurst: 1_000,
  resetsPerSecond: 33,
  maxEmptyData: 100,
};

/** What is allowed and does nothing, but costs us something each time. */
export type Glitch =
  /** PRIORITY, or a type that nobody knows: ALTSVC and ORIGIN among them. */
  | 'ignored-frame'
  /** On a stream that is closed. */
  | 'late-frame'
  /** By more than we have sent. */
  | 'window-update'
  /** That answers no PING of ours. */
  | 'ping-ack'
  /** Once it has said that it goes away, it says nothing new. */
  | 'goaway'
  /** RST_STREAM, beyond one for each stream. */
  | 'reset';

/** What may come of one stream once it is closed: a head, trailers, a window update, a reset. */
const LATE_FRAMES = 4;

/**
 * Counts what a peer does for no reason, and says when it is too much: then the connection ends with ENHANCE_YOUR_CALM. A frame that is ignored takes us some 30 ns, so this is for
 * those who would do nothing else all day (CVE-2019-9512 to 9518, CVE-2023-44487). Each method answers whether it was too much.
 */
export class GlitchBudget {
  readonly #glitches: TokenBucket;
  readonly #resets: TokenBucket;
  readonly #maxEmptyData: number;
  readonly #onSpend: (glitch: Glitch) => void;
  #emptyData = 0;
  #unansweredBytes = 0;
  #lateBytes = 0;

  /** @param onSpend Told of each glitch. */
  constructor(limits: GlitchLimits, nowMs: number, onSpend: (glitch: Glitch) => void = () => {}) {
    this.#onSpend = onSpend;
    this.#glitches = new TokenBucket(limits.burst, limits.perSecond, nowMs);
    this.#resets = new TokenBucket(limits.resetBurst, limits.resetsPerSecond, nowMs);
    this.#maxEmptyData = limits.maxEmptyData;
  }

  /** @param nowMs By a clock that does not go back. */
  spend(glitch: Glitch, nowMs: number): boolean {
    this.#onSpend(glitch);
    return !(glitch === 'reset' ? this.#resets : this.#glitches).take(nowMs);
  }

  /**
   * A stream was opened. What comes of it once, in whatever order and however late, is no glitch: else a caller who cancels one request after the other would end
   * the connection, and so would a server that resets each upload that it has answered early, as nginx does.
   */
  openedStream(): void {
    this.#glitches.put(LATE_FRAMES);
    this.#resets.put(1);
  }

  /** We have reset a stream: so many bytes of it may be under way. @param mostBytes Of all such streams together. */
  sentReset(streamBytes: number, mostBytes: number): void {
    this.#lateBytes = Math.min(mostBytes, this.#lateBytes + streamBytes);
  }

  /** DATA came on a stream that we have reset. */
  receivedLateData(bytes: number, nowMs: number): boolean {
    if (bytes === 0 || bytes > this.#lateBytes) return this.spend('late-frame', nowMs);
    this.#lateBytes -= bytes;
    return false;
  }

  /** DATA came. @param isEmpty Whether it brought no byte, padding aside, and did not end its stream. */
  receivedData(isEmpty: boolean): boolean {
    this.#emptyData = isEmpty ? this.#emptyData + 1 : 0;
    return this.#emptyData > this.#maxEmptyData;
  }

  /** DATA of so many bytes went out: a peer that gives them back, of both windows and one by one if it likes, has a reason. */
  sentData(bytes: number): void {
    this.#unansweredBytes += 2 * bytes;
  }

  /** A window was updated: once to enlarge it is nothing, again and again by more than we have sent is a glitch. */
  receivedWindowUpdate(increment: number, nowMs: number): boolean {
    if (increment > this.#unansweredBytes) return this.spend('window-update', nowMs);
    this.#unansweredBytes -= increment;
    return false;
  }
}

/** So many at once, and then as many as come back with time. */
class TokenBucket {
  readonly #burst: number;
  readonly #perMs: number;
  #tokens: number;
  #filledMs: number;

  constructor(burst: number, perSecond: number, nowMs: number) {
    this.#burst = burst;
    this.#perMs = perSecond / 1_000;
    this.#tokens = burst;
    this.#filledMs = nowMs;
  }

  put(count: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + count);
  }

  /** @returns whether there was one. */
  take(nowMs: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#filledMs) * this.#perMs);
    this.#filledMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
