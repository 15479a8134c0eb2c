import { HttpRequest, RoundTripError, Transport } from '@roundtripper/core';
import type { FaultClient } from '../client.ts';

export function openRoundtripper(_origin: string, connections: number): FaultClient {
  const transport = new Transport({ maxConnsPerHost: connections });
  return {
    send: async ({ url, method, body }) => {
      const response = await transport.roundTrip(new HttpRequest(url, { method, body }));
      return { status: response.status, text: await response.text() };
    },
    isUnsent: (error) => error instanceof RoundTripError && error.sent === 'nothing',
    close: () => transport.close(),
  };
}
