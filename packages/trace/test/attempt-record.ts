import type { ConnectionInfo } from '@roundtripper/core';

import type { AttemptRecord } from '../src/exchange-record.ts';

/** An attempt that began at 0 and of which nothing else is known, but for what is given. */
export function attemptRecord(known: Partial<AttemptRecord>): AttemptRecord {
  return { cause: 'first', hostPort: 'example.com:443', startMs: 0, connectTries: 0, ...known };
}

/** A connection of which only the number matters. */
export function connectionInfo(id: number): ConnectionInfo {
  const unknown = { remoteAddress: undefined, remotePort: undefined, localAddress: undefined, localPort: undefined, tls: undefined };
  return { id, origin: 'https://example.com', protocol: 'http/1.1', ...unknown };
}
