/**
 * What a command fails by.
 *
 * - `away`: Redis cannot be reached, does not answer, or answers nobody for now.
 * - `full`: it has reached its `maxmemory`.
 * - `refused`: it does not do this command.
 */
export type RedisFault = 'away' | 'full' | 'refused';

/** Error codes of replies that say that Redis is of no use for now: starting, failing over, stuck in a script, not for us. */
const AWAY = new Set([
  'LOADING',
  'READONLY',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'NOAUTH',
  'NOPERM',
  'WRONGPASS',
  'BUSY',
  'MISCONF',
  'NOREPLICAS',
  'TRYAGAIN',
  'UNKILLABLE',
]);

/** An error reply begins with its code in capitals; every other error is about the connection. */
export function redisFaultOf(error: unknown): RedisFault {
  const message = error instanceof Error ? error.message : '';
  const [, code] = /^([A-Z]{3,}) /.exec(message) ?? [];
  if (code === undefined || AWAY.has(code)) return 'away';
  return message.includes('OOM command not allowed') ? 'full' : 'refused';
}

/** Redis has forgotten a script, as it does when it is restarted. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
