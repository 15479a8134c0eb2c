import type { Clock, Timer } from '@roundtripper/core';

import type { Lease } from '../store.ts';
import type { RedisLink } from './redis-link.ts';

/** A lease that somebody else may have. */
export interface LeasePlace {
  readonly link: RedisLink;
  readonly clock: Clock;
  readonly prefix: string;
  readonly key: string;
  /** No two holders have the same. */
  readonly token: string;
}

const FIRST_LOOK_MS = 5;
const LONGEST_LOOK_MS = 100;

/** Takes a lease where nobody has it. @throws StoreError */
export async function takeLease(place: LeasePlace, ms: number): Promise<Lease> {
  const { link, prefix, key, token } = place;
  // Without Redis everybody asks by himself.
  if (!link.isUp) return { kind: 'granted', release: () => {} };
  const answer = await link.send('SET', `${prefix}lease:${key}`, token, 'NX', 'PX', `${Math.max(1, Math.ceil(ms))}`);
  if (answer === null) return waitFor(place, ms);
  // Whoever has lost it by time must not give back another's.
  return { kind: 'granted', release: async () => void (await link.run('release', key, token)) };
}

/** Looks again and again whether the lease is there: a subscription would take a connection of its own for each process. */
function waitFor({ link, clock, prefix, key }: LeasePlace, ms: number): Extract<Lease, { readonly kind: 'taken' }> {
  const limitMs = clock.monotonicMs() + ms;
  let timer: Timer | undefined;
  let stop = (): void => {};
  const released = new Promise<void>((resolve) => {
    let isOver = false;
    stop = () => {
      isOver = true;
      timer?.cancel();
      resolve();
    };
    const look = async (pauseMs: number): Promise<void> => {
      const isThere = await link.send('EXISTS', `${prefix}lease:${key}`).catch(() => 0);
      if (isThere !== 1 || clock.monotonicMs() >= limitMs) stop();
      else if (!isOver) lookAfter(Math.min(pauseMs * 1.5, LONGEST_LOOK_MS));
    };
    const lookAfter = (pauseMs: number): void => {
      const restMs = Math.max(0, limitMs - clock.monotonicMs());
      timer = clock.after(Math.min(pauseMs, restMs), () => void look(pauseMs));
    };
    lookAfter(FIRST_LOOK_MS);
  });
  return { kind: 'taken', released, stop: () => stop() };
}
