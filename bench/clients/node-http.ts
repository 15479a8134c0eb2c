import type { ClientRequest, IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { BenchClient, Target } from '../client.ts';
import { keepAliveAgents, requestFunction } from './keep-alive-agents.ts';
import { readStream } from './read-stream.ts';

export function openNodeHttp({ url, concurrency, bodyBytes, check }: Target): BenchClient {
  const agents = keepAliveAgents(concurrency);
  const agent = url.startsWith('https:') ? agents.https : agents.http;
  const request = requestFunction(url);
  const receive = async (sent: ClientRequest): Promise<void> => {
    const response = await responseTo(sent);
    check(response.statusCode ?? 0, await textOf(response));
  };
  return {
    get: () => receive(request(url, { agent }).end()),
    post: (json) => receive(request(url, { agent, method: 'POST', headers: { 'Content-Type': 'application/json' } }).end(json)),
    upload: (chunks) =>
      receive(Readable.from(chunks).pipe(request(url, { agent, method: 'POST', headers: { 'Content-Length': bodyBytes } }))),
    download: async (take) => {
      const response = await responseTo(request(url, { agent }).end());
      await readStream(response, take);
      return response.statusCode ?? 0;
    },
    close: async () => agents.destroy(),
  };
}

function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
  });
}

function textOf(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    response.on('error', reject);
  });
}
