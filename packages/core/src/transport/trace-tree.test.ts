import { checkTree, testCertificate, TestServer } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { Random } from '../../test/hostile/fuzz/random.ts';
import { PROTOCOLS, serverOf, type ProtocolUnderTest } from '../../test/protocols.ts';
import { RandomExchange, randomAnswer } from '../../test/random-exchange.ts';
import type { TraceEvent } from '../contract/trace-event.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import { Transport } from './transport.ts';

const ROUNDS = 8;
const AT_ONCE = 25;

const TLS_1_1: ProtocolUnderTest = { name: 'HTTP/1.1 over TLS', proto: 'HTTP/1.1', tls: true, isShared: false };

/** Connections as listeners count them. */
class Connections {
  open = 0;
  readonly faults: string[] = [];
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  readonly onEvent = ({ kind }: TraceEvent): void => {
    if (kind === 'connOpened') this.open += 1;
    if (kind === 'connClosed') this.open -= 1;
    const stats = this.#transport.stats();
    const open = stats.reduce((sum, route) => sum + route.open, 0);
    if (open !== this.open) this.faults.push(`at ${kind}: ${this.open} by the events, ${open} by stats()`);
  };
}

/** One name in eight is not found. */
function lookupBy(random: Random): Lookup {
  return (_hostname, _options, callback) => {
    if (random.below(8) === 0) setImmediate(callback, new Error('not found'), []);
    else setImmediate(callback, null, [{ address: '127.0.0.1', family: 4 }]);
  };
}

/** By chance, what is true of the pool as a whole. */
function transportBy(random: Random, { isShared, tls }: ProtocolUnderTest): Transport {
  const protocols = isShared && !tls ? { http1: false, unencryptedHttp2: true } : { http1: !isShared, http2: isShared };
  return new Transport({
    protocols,
    tls: { ca: testCertificate.ca },
    lookup: lookupBy(random),
    maxConnsPerHost: random.pick([0, 0, 1, 3]),
    maxIdleConnsPerHost: random.pick([0, 1]),
    maxRequestsPerConn: random.pick([0, 0, 3]),
    disableKeepAlives: random.below(8) === 0,
    poolTimeout: random.pick([0, 0, 20]),
    expectContinueTimeout: random.pick([1, 1_000]),
    responseHeaderTimeout: 60,
    bodyIdleTimeout: 60,
  });
}

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = await TestServer.start();
  await server[Symbol.asyncDispose]();
  return server.port;
}

/** Now and then something happens to all of them. */
function disturb(random: Random, transport: Transport, server: TestServer): void {
  const chance = random.below(40);
  if (chance === 0) server.closeAllConnections();
  else if (chance === 1) server.closeIdleConnections();
  else if (chance === 2) transport.closeIdleConnections();
}

test.for([TLS_1_1, ...PROTOCOLS].map((protocol, at) => ({ protocol, seed: at + 1, name: protocol.name })))(
  'whatever goes wrong, every start has its end, in order, and what was told agrees with stats(): $name',
  { timeout: 30_000 },
  async ({ protocol, seed }) => {
    const random = new Random(seed);
    const refused = await closedPort();
    await using server = await serverOf(protocol);
    for (let round = 0; round < ROUNDS; round++) {
      const transport = transportBy(random, protocol);
      const connections = new Connections(transport);
      const exchanges = Array.from({ length: AT_ONCE }, () => new RandomExchange(random, connections.onEvent));
      server.enqueue(...exchanges.map(() => randomAnswer(random, protocol.isShared)));
      await Promise.all(
        exchanges.map(async (exchange) => {
          for (let turns = random.below(60); turns > 0; turns--) await new Promise(setImmediate);
          disturb(random, transport, server);
          const port = random.below(12) === 0 ? refused : server.port;
          await exchange.run(transport, `${protocol.tls ? 'https' : 'http'}://localhost:${port}/`);
        }),
      );
      await transport.close({ graceful: round % 2 === 0, timeout: 200 });
      for (const { recorder } of exchanges) {
        expect({ round, faults: checkTree(recorder.events), kinds: recorder.kinds }).toMatchObject({ faults: [] });
      }
      expect({ round, open: connections.open, faults: connections.faults.slice(0, 5) }).toEqual({ round, open: 0, faults: [] });
    }
  },
);
