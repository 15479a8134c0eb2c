import type { Clock, Timer } from '@roundtripper/core';

import type { Lease } from '../store.ts';
import type { RedisArgument } from './redis-commands.ts';
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

/**
 * Takes a lease where nobody has it, and where nothing new is stored: who had it may have given it back since the caller has looked.
 * @param names Of what the caller has found. @throws StoreError
 */
export async function takeLease(place: LeasePlace, ms: number, names: readonly RedisArgument[]): Promise<Lease> {
  const { link, key, token } = place;
  // Without Redis everybody asks by himself.
  if (!link.isUp) return { kind: 'granted', release: () => {} };
  const answer = String(await link.run('lease', key, token, `${Math.max(1, Math.ceil(ms))}`, ...names));
  if (answer === 'news') return { kind: 'taken', released: Promise.resolve(), stop: () => {} };
  if (answer === 'taken') return waitFor(place, ms);
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
