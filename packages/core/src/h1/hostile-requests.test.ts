import { inspect } from 'node:util';

import { TestServer, type RecordedRequest } from '@roundtripper/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { fetchText } from '../../test/exchanges.ts';
import { writtenFor } from '../../test/hostile/carry.ts';
import { badSinks, BODY_SINKS, HEAD_SINKS, TEXT, type Sink } from '../../test/hostile/sinks.ts';
import { HttpRequest } from '../contract/http-request.ts';
import { RoundTripError } from '../contract/round-trip-error.ts';
import { Transport } from '../transport/transport.ts';

/** What a request that was put together so came to: nothing but a refusal, or what node's own parser read of it. */
interface Sent {
  readonly refusal: unknown;
  readonly seen: readonly RecordedRequest[];
}

async function sendSink(transport: Transport, server: TestServer, sink: Sink): Promise<Sent> {
  const before = server.requests.length;
  let refusal: unknown;
  try {
    const request = new HttpRequest(sink.url(server.url), sink.init);
    const response = await transport.roundTrip(request);
    await response.text();
  } catch (error) {
    refusal = error;
  }
  // Whatever else was written comes before this.
  expect(await fetchText(transport, `${server.url}/canary`)).toBe('ok');
  const seen = server.requests.slice(before);
  expect(seen.pop()?.url).toBe('/canary');
  return { refusal, seen };
}

/** Fields that we add by ourselves. */
const OURS = new Set(['host', 'user-agent', 'connection', 'content-length', 'content-type', 'transfer-encoding', 'trailer']);

/** What must hold of any text in any place. */
function expectNothingForged(sink: Sink, { refusal, seen }: Sent): void {
  if (refusal !== undefined) {
    // Trailers that come late are asked for when the head is long sent: the request is cut off, and never completed.
    const isLate = sink.place.endsWith('comes late');
    expect(isLate ? refusal instanceof RoundTripError : refusal instanceof TypeError, inspect(refusal)).toBe(true);
    if (refusal instanceof TypeError) expect(hasControl(refusal.message)).toBe(false);
    expect(seen.filter((request) => request.isComplete || !isLate)).toEqual([]);
    return;
  }
  expect(seen).toHaveLength(1);
  const [request] = seen;
  if (request === undefined) return;
  expect(request.isComplete).toBe(true);
  expect(request.url).toMatch(/^\/[!-~]*$/);
  expect(request.headers.map(([name]) => name.toLowerCase())).not.toContain('x-forged');
  expect(request.trailers.map(([name]) => name.toLowerCase())).not.toContain('x-forged');
  const others = request.headers.filter(([name]) => !OURS.has(name.toLowerCase()));
  expect(others.length).toBeLessThanOrEqual(sink.place === 'value in a list' ? 2 : 1);
  for (const name of ['host', 'content-length', 'transfer-encoding', 'connection']) expect(timesIn(request, name)).toBeLessThanOrEqual(1);
}

function hasControl(text: string): boolean {
  return text.split('').some((character) => character < ' ' || character === '\x7f');
}

function timesIn(request: RecordedRequest, name: string): number {
  return request.headers.filter(([field]) => field.toLowerCase() === name).length;
}

/** Methods that node's parser does not know say nothing of what we wrote: these are for the head as text, below. */
function isKnownToNode({ place, text }: Sink): boolean {
  return !place.startsWith('method') || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text);
}

test.for(badSinks())(
  '$place: nothing that forges a line does (CVE-2022-31150, CVE-2022-35948, GHSA-3cvr-822r-rqcc, GHSA-f772-66g8-q5h3, CVE-2017-18587)',
  async ({ sinks }) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    for (const sink of sinks) expectNothingForged(sink, await sendSink(transport, server, sink));
  },
);

test('any text as a method is a token in its place, or refused', () => {
  const holds = fc.property(TEXT, (text) => {
    let request: HttpRequest;
    try {
      request = new HttpRequest('http://peer.test/', { method: text });
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      return;
    }
    expect(text).toMatch(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/);
    expect(writtenFor(request)).toMatch(
      /^[^ ]+ \/ HTTP\/1\.1\r\nHost: peer\.test\r\nUser-Agent: roundtripper\r\n(?:Content-Length: 0\r\n)?\r\n$/,
    );
  });
  fc.assert(holds, { seed: 3, numRuns: 2_000 });
});

test.for([
  { fact: 'in the head', sinks: HEAD_SINKS, seed: 1, numRuns: 2_000 },
  { fact: 'with a body', sinks: BODY_SINKS, seed: 2, numRuns: 1_500 },
])('no text in any place $fact forges a line or a second request', { timeout: 60_000 }, async ({ sinks, seed, numRuns }) => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  const holds = fc.asyncProperty(sinks.filter(isKnownToNode), async (sink) => {
    expectNothingForged(sink, await sendSink(transport, server, sink));
  });
  await fc.assert(holds, { seed, numRuns });
});
