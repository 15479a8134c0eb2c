/** Something that costs connections, or has requests wait for them, and need not. */
export interface ChurnWarning {
  readonly kind: ChurnKind;
  /** Of the route that it is about. */
  readonly origin: string;
  readonly proxy?: string;
  /** How many connections or, of `max-conns-per-host`, `max-concurrent-streams`, `refused-streams` and `stale-connections`, requests it is about. */
  readonly count: number;
  /** How many exchanges there were along the route meanwhile. */
  readonly exchanges: number;
  /** Like `212 connections closed because maxIdleConnsPerHost is 2: raise it`. */
  readonly text: string;
}

/** What a {@link ChurnWarning} is about. */
export type ChurnKind =
  | 'max-idle-conns-per-host'
  | 'max-idle-conns'
  | 'max-conns-per-host'
  | 'max-concurrent-streams'
  | 'max-conn-lifetime'
  | 'max-requests-per-conn'
  | 'keep-alives-disabled'
  | 'close-idle-connections'
  | 'request-close'
  | 'response-close'
  | 'http-1.0'
  | 'idle-timeout'
  | 'server-idle-timeout'
  | 'server-max-requests'
  | 'stale-connections'
  | 'refused-streams'
  | 'body-abandoned'
  | 'aborted'
  | 'request-unfinished';
