import type { IncomingMessage, ServerResponse } from 'node:http';

import { RecordedRequest } from '../recorded-request.ts';
import type { ServerExchange } from './listener.ts';

/** A request of HTTP/1.1. */
export function http1Exchange(parts: {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly connection: number;
  readonly handle: () => void | Promise<void>;
}): ServerExchange {
  const { request, response, connection, handle } = parts;
  return {
    recorded: new RecordedRequest(request, connection),
    response,
    handle,
    readRequest: () => {
      request.resume();
    },
    flushHead: () => response.flushHeaders(),
    end: () =>
      new Promise((resolve) => {
        response.once('close', resolve);
        response.end(() => resolve());
      }),
    nameStatus: (text) => {
      response.statusMessage = text;
    },
    writeRaw: (bytes) =>
      new Promise((resolve) => {
        if (response.socket === null) resolve();
        else response.socket.write(bytes, () => resolve());
      }),
    resetStream: () => {
      throw new Error('HTTP/1.1 has no streams that could be reset');
    },
    goAway: () => {
      throw new Error('HTTP/1.1 has no GOAWAY');
    },
  };
}
