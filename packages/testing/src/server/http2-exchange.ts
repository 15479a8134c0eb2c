import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

import type { Connections } from '../connections.ts';
import { errorNumber } from '../frames/names.ts';
import { RecordedRequest } from '../recorded-request.ts';
import type { Http2Sessions } from './http2-sessions.ts';
import type { ServerExchange } from './listener.ts';

/** A request of HTTP/2. */
export function http2Exchange(parts: {
  readonly request: Http2ServerRequest;
  readonly response: Http2ServerResponse;
  readonly connections: Connections;
  readonly sessions: Http2Sessions;
  readonly handle: () => void | Promise<void>;
}): ServerExchange {
  const { request, response, connections, sessions, handle } = parts;
  const { session, id: streamId = 0 } = request.stream;
  const connection = connections.numberByPort(session?.socket.remotePort);
  return {
    recorded: new RecordedRequest(request, connection),
    response,
    handle,
    readRequest: () => {
      request.resume();
    },
    flushHead: () => {
      response.writeHead(response.statusCode);
    },
    // node:http2 tells of the end of a stream while it still gathers what it writes.
    end: () =>
      new Promise((resolve) => {
        if (request.stream.destroyed) resolve();
        else request.stream.once('close', () => setImmediate(resolve));
        response.end();
      }),
    nameStatus: () => {},
    resetStream: (code) => {
      request.stream.close(errorNumber(code));
    },
    // Not through TLS: it takes one write at a time, and node:http2 knows of its own only.
    writeRaw: (bytes) => connections.write(connection, bytes),
    goAway: (code, lastStreamId = streamId) => {
      // The client may have closed it meanwhile.
      if (session?.destroyed === false) session.goaway(errorNumber(code), lastStreamId);
      // node:http2 would not notice any more that the client has closed it.
      if (session !== undefined) sessions.whenDone(session, () => connections.destroy(connection));
      return lastStreamId >= streamId;
    },
  };
}
