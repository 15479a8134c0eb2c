import { get, type IncomingMessage } from 'node:http';
import type { BenchClient, Target } from '../client.ts';
import { keepAliveAgent } from './keep-alive-agent.ts';

export function openNodeHttp({ url, concurrency, check }: Target): BenchClient {
  const agent = keepAliveAgent(concurrency);
  return {
    get: async () => {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        get(url, { agent }, resolve).on('error', reject);
      });
      check(response.statusCode ?? 0, await textOf(response));
    },
    close: async () => agent.destroy(),
  };
}

function textOf(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    response.on('error', reject);
  });
}
