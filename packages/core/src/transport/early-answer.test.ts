import { BytePeer } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { send } from '../../test/exchanges.ts';
import { Transport } from './transport.ts';

const REFUSAL = 'HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig';

/** Chunks for as long as somebody takes them: `burst` of them in each turn of the event loop. */
async function* chunks(burst: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let turn = 0; turn < 10_000; turn++) {
    for (let count = 0; count < burst; count++) yield new Uint8Array(4_096);
    await new Promise(setImmediate);
  }
}

// Go issue 11745. Closing with bytes unread resets the connection: the next write fails, and the answer is still there to be read.
test.for([
  { tls: false, burst: 1 },
  { tls: false, burst: 8 },
  { tls: true, burst: 1 },
  { tls: true, burst: 8 },
])('an answer that comes before the server closes on an upload is delivered (TLS $tls, $burst chunks a turn)', async ({ tls, burst }) => {
  await using peer = await BytePeer.listen(
    async (conversation) => {
      await conversation.readHead();
      await conversation.write(REFUSAL);
      conversation.destroy();
    },
    { tls },
  );
  await using transport = new Transport({ tls: { rejectUnauthorized: false } });
  const answers = new Map<string, number>();
  for (let round = 0; round < 50; round++) {
    const answer = await send(transport, peer.url, { method: 'POST', body: chunks(burst) }).then(
      async (response) => `${response.status} ${await response.text()}`,
      String,
    );
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
  }
  expect(Object.fromEntries(answers)).toEqual({ '413 big': 50 });
});
