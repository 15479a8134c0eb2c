import { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';

import { isInUse, send, until } from '../../test/exchanges.ts';
import { ProtocolBench, PROTOCOLS } from '../../test/protocols.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { HttpResponse } from '../contract/http-response.ts';
import { Transport } from './transport.ts';
import type { TransportOptions } from './transport-options.ts';

/** More than a stream of HTTP/2 may have under way. */
const LARGE_BYTES = 4 * 1_048_576;

describe.for(PROTOCOLS)('$name', (protocol) => {
  test.for<{ option: keyof TransportOptions; read: (response: HttpResponse) => unknown }>([
    { option: 'maxUnreadBytes', read: () => {} },
    { option: 'maxReadAheadBytes', read: (response) => response.chunks().next() },
  ])('a body comes whole before it is read where $option has room for it, and is held back where not', async ({ option, read }) => {
    const body = Buffer.alloc(LARGE_BYTES);
    // Twice as much: a chunk counts 256 bytes more than it has.
    await using roomy = await ProtocolBench.open(protocol, { transport: { [option]: 2 * LARGE_BYTES } });
    await using usual = await ProtocolBench.open(protocol, { server: roomy.server });
    roomy.server.enqueue({ body }, { body });
    const [held, taken] = [await usual.send(), await roomy.send()];
    await read(held);
    await read(taken);
    await until(() => !isBusy(roomy.transport));
    expect(isBusy(usual.transport)).toBe(true);
    await held.dispose();
    await taken.dispose();
  });
});

function isBusy(transport: Transport): boolean {
  return transport.stats().some(({ busy }) => busy > 0);
}

describe('maxUnsentBytes', () => {
  /** How many chunks are asked for by a connection that takes nothing. */
  async function asked(chunkBytes: number, options: TransportOptions): Promise<number> {
    const stream = new Duplex({ read: () => {}, write: () => {} });
    await using transport = new Transport({ dial: () => Promise.resolve(stream), ...options });
    const controller = new AbortController();
    let count = 0;
    const body = (function* () {
      for (;;) {
        count += 1;
        yield Buffer.alloc(chunkBytes);
      }
    })();
    const failed = rejectionOf(send(transport, 'http://peer.test/', { method: 'POST', body, signal: controller.signal }));
    let before = -1;
    await until(() => {
      const isStill = count > 0 && count === before;
      before = count;
      return isStill;
    });
    controller.abort();
    await failed;
    expect(transport.stats().filter(isInUse)).toEqual([]);
    return count;
  }

  test.for([
    { fact: 'as many bytes as it says wait', options: { maxUnsentBytes: 1_000_000 }, chunks: 10 },
    { fact: 'and those of the chunk that goes beyond it', options: { maxUnsentBytes: 1_000_001 }, chunks: 11 },
    { fact: 'a chunk at a time where it is 0', options: { maxUnsentBytes: 0 }, chunks: 1 },
    { fact: 'by default 262 144', options: {}, chunks: 3 },
    { fact: 'as the host has it', options: { hosts: { 'peer.test': { maxUnsentBytes: 200_000 } } }, chunks: 2 },
  ])('$fact', async ({ options, chunks }) => {
    expect(await asked(100_000, options)).toBe(chunks);
  });
});
