import { Readable } from 'node:stream';
import { undiciPool } from '../../../bench/clients/undici-pool.ts';
import type { FaultClient } from '../client.ts';

export function openUndici(origin: string, connections: number): FaultClient {
  const pool = undiciPool(origin, connections);
  return {
    send: async ({ url, method, body }) => {
      const sent = body === undefined || body instanceof Uint8Array ? body : Readable.from(body);
      const response = await pool.request({ path: new URL(url).pathname, method, body: sent ?? null });
      return { status: response.statusCode, text: await response.body.text() };
    },
    isUnsent: () => false,
    close: () => pool.destroy(),
  };
}
