/**
 * `descriptors-process.ts <url> <requests>`, with fewer file descriptors than it wants: asks for more connections at once than it can have, then for as many again
 * one after another. It prints what became of them. The server answers `/held` once it is told to, by `/release`.
 */
import { HttpRequest, RoundTripError, Transport } from '@roundtripper/core';

const [url = '', requests = ''] = process.argv.slice(2);
const transport = new Transport();
/** Has its connection before there is none to be had. */
const other = new Transport();

async function outcomeOf(path: string, by: Transport = transport): Promise<string> {
  try {
    const response = await by.roundTrip(new HttpRequest(`${url}${path}`));
    return await response.text();
  } catch (error) {
    if (!(error instanceof RoundTripError)) return String(error);
    const cause = error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : 'no cause';
    return `${error.code} ${error.phase} ${error.sent} ${cause}`;
  }
}

function count(outcomes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

const opened = await outcomeOf('/open', other);
const before = process.cpuUsage();
const held = Array.from({ length: Number(requests) }, () => outcomeOf('/held'));
await firstFailure(held);
const during = await outcomeOf('/release', other);
const atOnce = [...new Set(await Promise.all(held))].toSorted();
const later: string[] = [];
for (let at = 0; at < Number(requests); at++) later.push(await outcomeOf('/later'));
const { user, system } = process.cpuUsage(before);
const stats = transport.stats().map(({ open, idle, dialing, waiting }) => ({ open, idle, dialing, waiting }));
await transport.close();
await other.close();
console.log(JSON.stringify({ opened, during, atOnce, later: count(later), cpuMs: (user + system) / 1_000, stats }));

function firstFailure(outcomes: readonly Promise<string>[]): Promise<void> {
  return new Promise((resolve) => {
    for (const outcome of outcomes) void outcome.then((text) => text === 'ok' || resolve());
  });
}
