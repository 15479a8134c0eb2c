import { Pool } from 'undici';

/** One request a connection; no time limits, which the other clients have not either; connections outlive the pauses between rounds. */
export function undiciPool(origin: string, connections: number): Pool {
  return new Pool(origin, { connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 60_000 });
}
