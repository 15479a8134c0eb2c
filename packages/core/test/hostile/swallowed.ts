import { HttpRequest } from '../../src/contract/http-request.ts';
import type { CloseReason } from '../../src/contract/trace-event.ts';
import { FakeWire } from '../fake-wire.ts';
import { connectionOver, exchange } from './carry.ts';

const MOST_BYTES = 10_000_000;

/** How much a connection takes of what comes, until it is closed. */
export function swallowed(pieces: Iterable<string>): { bytes: number; closed: CloseReason | undefined } {
  const wire = new FakeWire();
  const connection = connectionOver(wire, {});
  exchange(connection, new HttpRequest('http://peer.test/')).then(
    (response) => response.dispose(),
    () => {},
  );
  let bytes = 0;
  for (const piece of pieces) {
    if (wire.isDestroyed || bytes > MOST_BYTES) break;
    wire.feed(piece);
    bytes += piece.length;
  }
  const closed = connection.closeReason;
  connection.close('aborted');
  return { bytes, closed };
}

/** What begins so, and goes on so without an end. */
export function* endless(start: string, more: string): Generator<string, never, undefined> {
  if (start !== '') yield start;
  for (;;) yield more;
}
