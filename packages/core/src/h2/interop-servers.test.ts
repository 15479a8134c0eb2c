import { testCertificate } from '@roundtripper/testing';
import { once } from 'node:events';
import {
  connect,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { HTTP2_SERVERS } from '../../test/servers/http2-servers.ts';
import { bytesOf, SIZES, type StartedServer } from '../../test/servers/interop-server.ts';

/** What came back for one request. */
interface Answer {
  readonly status: number | undefined;
  readonly head: IncomingHttpHeaders;
  readonly hints: IncomingHttpHeaders | undefined;
  readonly trailers: IncomingHttpHeaders | undefined;
  readonly body: Buffer;
}

/** More than any body here. */
const WINDOW_BYTES = 4 * 1_048_576;

function dial({ url }: StartedServer): ClientHttp2Session & AsyncDisposable {
  const settings = { enablePush: false, initialWindowSize: WINDOW_BYTES };
  const client = connect(url, { ca: testCertificate.ca, servername: 'localhost', settings });
  client.once('connect', () => client.setLocalWindowSize(WINDOW_BYTES));
  return Object.assign(client, {
    [Symbol.asyncDispose]: async () => {
      const isClosed = client.destroyed ? undefined : once(client, 'close');
      client.destroy();
      await isClosed;
    },
  });
}

async function exchange(
  client: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  upload?: { readonly body: Uint8Array; readonly trailers?: OutgoingHttpHeaders },
): Promise<Answer> {
  const stream = client.request(
    { ':method': upload === undefined ? 'GET' : 'POST', ...headers },
    { endStream: upload === undefined, waitForTrailers: true },
  );
  let head: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
  let hints: IncomingHttpHeaders | undefined;
  let trailers: IncomingHttpHeaders | undefined;
  stream.on('response', (fields) => {
    head = fields;
  });
  stream.on('headers', (fields) => {
    hints = fields;
  });
  stream.on('trailers', (fields) => {
    trailers = fields;
  });
  stream.on('wantTrailers', () => stream.sendTrailers(upload?.trailers ?? {}));
  if (upload !== undefined) stream.end(upload.body);
  const body = await buffer(stream);
  return { status: head[':status'], head, hints, trailers, body };
}

describe.for(HTTP2_SERVERS.filter(({ isThere }) => isThere))('$name', (kind) => {
  let server: StartedServer;

  beforeAll(async () => {
    server = await kind.start();
  });

  afterAll(() => server[Symbol.asyncDispose]());

  test('speaks HTTP/2, and sends files of every size at once', async () => {
    await using client = dial(server);
    const answers = await Promise.all(SIZES.map((size) => exchange(client, { ':path': `/bytes/${size}` })));
    expect(client.alpnProtocol).toBe(kind.tls ? 'h2' : 'h2c');
    for (const [index, size] of SIZES.entries()) {
      expect(answers[index]?.status).toBe(200);
      expect(answers[index]?.head['content-length']).toBe(String(size));
      expect(answers[index]?.body.equals(bytesOf(size))).toBe(true);
    }
  });

  test('does not find what is not there', async () => {
    await using client = dial(server);
    expect((await exchange(client, { ':path': '/status/404' })).status).toBe(404);
  });

  if (kind.can.echo) {
    test('gives an upload back', async () => {
      await using client = dial(server);
      const body = bytesOf(1_000_000);
      expect((await exchange(client, { ':path': '/echo' }, { body })).body.equals(body)).toBe(true);
    });
  }

  if (kind.can.status) {
    test('answers with the status that it is asked for', async () => {
      await using client = dial(server);
      for (const status of [204, 304, 500]) expect((await exchange(client, { ':path': `/status/${status}` })).status).toBe(status);
    });
  }

  if (kind.can.trailers) {
    test('sends a trailer', async () => {
      await using client = dial(server);
      expect((await exchange(client, { ':path': '/trailers' })).trailers).toMatchObject({ 'x-sum': '42' });
    });
  }

  if (kind.can.requestTrailers) {
    test('reads a trailer', async () => {
      await using client = dial(server);
      const upload = { body: Buffer.from('body'), trailers: { 'x-sum': '17' } };
      expect(String((await exchange(client, { ':path': '/trailers', 'trailer': 'x-sum' }, upload)).body)).toBe('17');
    });
  }

  if (kind.can.headers) {
    test('reads fields', async () => {
      await using client = dial(server);
      const fields = { 'x-one': 'ä~1', 'x-long': 'x'.repeat(4_000), 'cookie': 'a=1; b=2' };
      expect(JSON.parse((await exchange(client, { ':path': '/headers', ...fields })).body.toString())).toMatchObject({
        'x-long': fields['x-long'],
        'cookie': 'a=1; b=2',
      });
    });
  }

  if (kind.can.hold) {
    test('holds an answer, and another back, until they are given up', async () => {
      await using client = dial(server);
      const held = client.request({ ':path': '/hold' });
      expect(String(await once(held, 'data'))).toBe('held');
      const never = client.request({ ':path': '/never' });
      expect((await exchange(client, { ':path': '/bytes/1' })).status).toBe(200);
      for (const stream of [held, never]) {
        const isClosed = once(stream, 'close');
        stream.close(8);
        await isClosed;
      }
      expect((await exchange(client, { ':path': '/bytes/1' })).status).toBe(200);
    });
  }

  if (kind.can.earlyHints) {
    test('hints before it answers', async () => {
      await using client = dial(server);
      const answer = await exchange(client, { ':path': '/early-hints' });
      expect(answer.hints).toMatchObject({ ':status': 103, 'link': '</style.css>; rel=preload' });
      expect([answer.status, String(answer.body)]).toEqual([200, 'late']);
    });
  }

  if (kind.can.goodbye) {
    test('says goodbye, and closes', async () => {
      await using client = dial(server);
      const codes: number[] = [];
      client.on('goaway', (code: number) => codes.push(code));
      const isClosed = once(client, 'close');
      expect(String((await exchange(client, { ':path': '/goodbye' })).body)).toBe('goodbye');
      await isClosed;
      expect(codes[0]).toBe(0);
    });
  }
});
