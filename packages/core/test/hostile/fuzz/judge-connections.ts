import { frames } from '@roundtripper/testing';

import type { Http2Options } from '../../../src/h2/http2-options.ts';
import type { Seen } from '../http2/bench-exchange.ts';
import { EngineBench } from '../http2/engine-bench.ts';
import { framesOf } from '../http2/written-frames.ts';
import type { Judgement, Sample } from './judge.ts';
import type { Random } from './random.ts';

/** Little, so that it is met. */
const OPTIONS: Partial<Http2Options> = {
  maxHeadBytes: 1_500,
  maxInterimResponses: 2,
  maxBodyBytes: 20_000,
  glitches: { burst: 8, perSecond: 0, resetBurst: 2, resetsPerSecond: 0, maxEmptyData: 3 },
};

const RANDOM_CUTS = 3;
const SINGLE_BYTES = 1_000;
/** All ways together may take so much of the CPU. */
const SLOW_MS = 1_000;

/** What came of all that was under way. */
interface Carried {
  readonly said: readonly string[];
  readonly seen: readonly Seen[];
  readonly closed: string | undefined;
}

/**
 * What must hold of whatever a server says: nothing leaves the callback of the wire; every request is settled once, and gives its lease back once; no timer is left; a
 * connection that lives has its whole window again, and takes as many requests as it may; and all that is the same however the bytes are cut.
 */
export async function judgeConnections({ bytes }: Sample, random: Random): Promise<Judgement> {
  const before = process.cpuUsage();
  let whole: Carried;
  try {
    whole = await carryAll([bytes]);
    for (const pieces of waysToCut(bytes, random)) {
      const cut = await carryAll(pieces);
      if (textOf(cut) !== textOf(whole)) return cutFault(pieces, cut, whole);
    }
  } catch (error) {
    return faulty(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  const tookMs = process.cpuUsage(before).user / 1_000;
  if (tookMs > SLOW_MS) return faulty(`it takes ${Math.round(tookMs)} ms`);
  return { fault: undefined, signature: signatureOf(whole) };
}

function faulty(fault: string): Judgement {
  return { fault, signature: '' };
}

function cutFault(pieces: readonly string[], cut: Carried, whole: Carried): Judgement {
  return faulty(`whole it becomes ${textOf(whole)}, as ${JSON.stringify(pieces).slice(0, 2_000)} it becomes ${textOf(cut)}`);
}

function waysToCut(bytes: string, random: Random): string[][] {
  const ways = Array.from({ length: RANDOM_CUTS }, () => {
    const [one = 0, two = 0] = [random.below(bytes.length + 1), random.below(bytes.length + 1)].toSorted((a, b) => a - b);
    return [bytes.slice(0, one), bytes.slice(one, two), bytes.slice(two)];
  });
  return bytes.length > SINGLE_BYTES ? ways : [...ways, bytes.split('')];
}

/** Six requests: a GET, an upload larger than its window, a HEAD, a tunnel, one that is cancelled at once, and one whose body nobody reads. @throws Error for what must not be. */
export async function carryAll(pieces: readonly string[]): Promise<Carried> {
  const bench = new EngineBench(OPTIONS);
  bench.send();
  bench.send({ method: 'POST', body: Buffer.alloc(100_000) });
  bench.send({ method: 'HEAD' });
  const tunnel = bench.send({ method: 'CONNECT', path: '', isRead: false });
  const { controller } = bench.send();
  bench.send({ isRead: false });
  controller.abort(new Error('not wanted'));
  bench.endTurn();
  for (const piece of pieces) bench.feed(piece);
  const { said } = bench;
  const closed = bench.connection.closeReason;
  if (closed === undefined && isInStep(bench, pieces.join(''))) await expectWhole(bench);
  const response = await Promise.race([
    tunnel.response.catch(() => undefined),
    new Promise<undefined>((resolve) => void setImmediate(resolve, undefined)),
  ]);
  response?.socket?.resume();
  await bench.end();
  return { said, closed, seen: await Promise.all(bench.exchanges.slice(0, 6).map(({ seen }) => seen)) };
}

/** Whether the bytes ended between two frames, and between two header blocks. */
function isInStep(bench: EngineBench, fed: string): boolean {
  if (framesOf(fed).rest !== '') return false;
  const before = bench.said.length;
  bench.feed(frames.ping('in step?'));
  return bench.said.slice(before).join() === 'PING ack';
}

/** Once all that is under way was cancelled, and the server has said that it knows. */
async function expectWhole(bench: EngineBench): Promise<void> {
  for (const { controller } of bench.exchanges) controller.abort();
  bench.endTurn();
  const { connection } = bench;
  if (connection.isDraining) {
    if (connection.closeReason === undefined) throw new Error('it carries nothing and takes nothing, and is open');
    return;
  }
  bench.feed(frames.pingAck('\0'.repeat(8)));
  if (connection.closeReason !== undefined) return;
  const { capacity, peer } = connection;
  const expected = Math.min(peer.maxConcurrentStreams, 2 ** 30 - 6);
  if (capacity !== expected) throw new Error(`it would take ${capacity}, and should take ${expected}`);
  if (peer.maxHeaderListBytes > 1_000) await bench.expectFullWindow();
}

function textOf({ said, seen, closed }: Carried): string {
  return JSON.stringify({ said, seen, closed }, (key, value: unknown) => (key === 'message' || key === 'reason' ? undefined : value));
}

/** What was said last, what came of each request, and why the connection ended. */
function signatureOf({ said, seen, closed }: Carried): string {
  const outcomes = seen.map((each) => (each.kind === 'refused' ? `${each.code} ${each.phase}` : each.kind));
  const message = seen.find((each) => each.kind === 'refused')?.message ?? '';
  return [...said.slice(-2), ...outcomes, closed, message.replaceAll(/"[^"]*"|0x[0-9a-f]+|\d+/g, '#')].join('|');
}
