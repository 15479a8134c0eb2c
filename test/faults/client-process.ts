/** The process of one client: `client-process.ts <client> <origin> <seed> <requests> <connections>`. It prints a {@link ClientReport}. */
import { RoundTripError } from '@roundtripper/core';
import type { FaultClient, OpenFaultClient } from './client.ts';
import { openNodeHttp } from './clients/node-http.ts';
import { openRoundtripper } from './clients/roundtripper.ts';
import { openUndici } from './clients/undici.ts';
import { FineTimer } from './fine-timer.ts';
import { OUTCOME, type ClientReport } from './outcome.ts';
import { answerText, plannedRequest } from './plan.ts';

/** So long without any request coming to its end, and those that are left are taken for hung. */
const HUNG_MS = 10_000;

const OPEN: Readonly<Record<string, OpenFaultClient>> = {
  'roundtripper': openRoundtripper,
  'undici': openUndici,
  'node:http': openNodeHttp,
};

const [name = '', origin = '', seedText = '', requestsText = '', connectionsText = ''] = process.argv.slice(2);
const seed = Number(seedText);
const requests = Number(requestsText);
const connections = Number(connectionsText);

const timer = new FineTimer();
const outcomes = new Uint8Array(requests);
const errors: Record<string, number> = {};
let nextId = 0;
let settled = 0;

const open = OPEN[name];
if (open === undefined) throw new Error(`there is no client ${name}`);
await run(open(origin, connections));

async function run(client: FaultClient): Promise<void> {
  const startedMs = performance.now();
  const hung = watchForHang();
  await Promise.race([Promise.all(Array.from({ length: connections }, () => work(client))), hung.promise]);
  hung.stop();
  const report: ClientReport = { outcomes: Buffer.from(outcomes).toString('base64'), errors, elapsedMs: performance.now() - startedMs };
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}

/** One caller after another: each waits a little between its requests. */
async function work(client: FaultClient): Promise<void> {
  for (let id = nextId++; id < requests; id = nextId++) {
    await new Promise<void>((resolve) => timer.after(plannedRequest(seed, id).pauseMs, resolve));
    outcomes[id] = await send(client, id);
    settled += 1;
  }
}

async function send(client: FaultClient, id: number): Promise<number> {
  const { method, bodyBytes, isStreamed } = plannedRequest(seed, id);
  const bytes = new Uint8Array(bodyBytes);
  const body = isStreamed ? inChunks(bytes) : bytes;
  try {
    const { status, text } = await client.send({ url: `${origin}/${id}`, method, body: method === 'GET' ? undefined : body });
    if (status === 413 || status === 408) return OUTCOME.refused;
    return status === 200 && text === answerText(seed, id) ? OUTCOME.answered : OUTCOME.wrong;
  } catch (error) {
    const code = codeOf(error);
    errors[code] = (errors[code] ?? 0) + 1;
    return client.isUnsent(error) ? OUTCOME.failedUnsent : OUTCOME.failed;
  }
}

async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 16_384) yield bytes.subarray(at, at + 16_384);
}

function codeOf(error: unknown): string {
  if (error instanceof RoundTripError) return error.code;
  if (error instanceof Error && 'code' in error) return String(error.code);
  return String(error);
}

function watchForHang(): { readonly promise: Promise<void>; readonly stop: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let before = -1;
  const watch = setInterval(() => {
    if (settled === before) resolve();
    before = settled;
  }, HUNG_MS);
  return { promise, stop: () => clearInterval(watch) };
}
