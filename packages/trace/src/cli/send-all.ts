import type { Clock, HttpRequest, RoundTripper } from '@roundtripper/core';

import { interruption, timeoutReached } from './failure.ts';

/** How requests are sent. */
export interface Sending {
  readonly requests: number;
  readonly concurrency: number;
  /** For each; 0 for no limit. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Stops it: none is begun any more, and those under way are cut off. */
  readonly stop: AbortSignal;
}

/**
 * Sends `request` as often as asked for, so many at a time, and reads each answer to its end. What becomes of each is for the layers of `client` to see: a
 * failure ends nothing.
 * @throws TypeError where the request cannot be sent as it is.
 */
export async function sendAll(client: RoundTripper, request: HttpRequest, sending: Sending): Promise<void> {
  const underWay = new Set<AbortController>();
  const cutOff = (): void => {
    for (const controller of underWay) controller.abort(interruption());
  };
  sending.stop.addEventListener('abort', cutOff);
  let left = sending.requests;
  let mistake: TypeError | undefined;
  const sender = async (): Promise<void> => {
    while (left > 0 && !sending.stop.aborted && mistake === undefined) {
      left -= 1;
      const controller = new AbortController();
      underWay.add(controller);
      mistake = (await sendOne(client, request, controller, sending)) ?? mistake;
      underWay.delete(controller);
    }
  };
  await Promise.all(Array.from({ length: Math.min(sending.concurrency, sending.requests) }, sender));
  sending.stop.removeEventListener('abort', cutOff);
  if (mistake !== undefined) throw mistake;
}

/** @returns what is wrong with the request, where something is. */
async function sendOne(
  client: RoundTripper,
  request: HttpRequest,
  controller: AbortController,
  { timeoutMs, clock }: Sending,
): Promise<TypeError | undefined> {
  const timer = timeoutMs === 0 ? undefined : clock.after(timeoutMs, () => controller.abort(timeoutReached(timeoutMs)));
  try {
    await readAnswer(client, request.with({ signal: controller.signal }));
    return undefined;
  } catch (error) {
    // Any other is in the record of the request.
    return error instanceof TypeError ? error : undefined;
  } finally {
    timer?.cancel();
  }
}

async function readAnswer(client: RoundTripper, request: HttpRequest): Promise<void> {
  const response = await client.roundTrip(request);
  try {
    const chunks = response.chunks({ lent: true });
    while ((await chunks.next()).done !== true);
  } finally {
    // The socket of an upgrade has no other reader.
    await response.dispose();
  }
}
