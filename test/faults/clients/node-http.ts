import { Agent, request, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { FaultAnswer, FaultClient, FaultRequest } from '../client.ts';

export function openNodeHttp(_origin: string, connections: number): FaultClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections });
  return { send: (sent) => send(agent, sent), isUnsent: () => false, close: async () => agent.destroy() };
}

function send(agent: Agent, { url, method, body }: FaultRequest): Promise<FaultAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method });
    sent.on('error', reject);
    sent.on('response', (response: IncomingMessage) => {
      // An early answer leaves a request that fails later: that is not its outcome any more.
      text(response).then((read) => resolve({ status: response.statusCode ?? 0, text: read }), reject);
    });
    if (body === undefined || body instanceof Uint8Array) sent.end(body);
    else Readable.from(body).on('error', reject).pipe(sent);
  });
}
