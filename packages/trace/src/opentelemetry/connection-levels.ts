import type { Attributes, Histogram } from '@opentelemetry/api';
import type { ConnectionInfo, TraceEvent } from '@roundtripper/core';

import type { Instruments } from './instruments.ts';
import { Level, LevelTeller } from './level.ts';
import type { OptInAttribute } from './options.ts';
import { protocolVersionOf } from './protocol-version.ts';

/** The connections that are alike for the metrics. */
interface Group {
  readonly active: Level;
  readonly idle: Level;
  readonly attributes: Attributes;
}

interface OpenConnection {
  readonly group: Group;
  leases: number;
}

/** A crawler meets millions of origins: beyond so many, those that nothing is open of are forgotten. */
const MAX_GROUPS = 1_000;

/**
 * Counts connections by what their events tell: `active` with at least one exchange under way, else `idle`. One that it hears of for the first time when a request is given it
 * (`preconnect` opened it) counts from then on.
 */
export class ConnectionLevels {
  readonly #teller: LevelTeller;
  readonly #duration: Histogram;
  readonly #optIn: ReadonlySet<OptInAttribute>;
  readonly #open = new WeakMap<ConnectionInfo, OpenConnection>();
  /** The end of a connection is told to the request that used it last. Where that does not pass here, it is over once nobody has it. */
  readonly #lost = new FinalizationRegistry<OpenConnection>((open) => this.#gone(open));
  readonly #groups = new Map<string, Group>();

  constructor(instruments: Pick<Instruments, 'openConnections' | 'connectionDuration'>, optIn: ReadonlySet<OptInAttribute>) {
    this.#teller = new LevelTeller(instruments.openConnections);
    this.#duration = instruments.connectionDuration;
    this.#optIn = optIn;
  }

  /** Hears of what happens to connections, and passes over the rest. */
  onEvent(event: TraceEvent): void {
    switch (event.kind) {
      case 'connOpened':
        this.#opened(event.connection);
        this.#teller.tellAll();
        break;
      case 'gotConn':
        this.#leased(event.connection);
        break;
      case 'leaseReleased':
        this.#released(event.connection);
        break;
      case 'connClosed':
        this.#closed(event.connection, event.lifetimeMs);
        break;
      default:
    }
  }

  #opened(connection: ConnectionInfo): OpenConnection {
    const group = this.#groupOf(connection);
    const opened: OpenConnection = { group, leases: 0 };
    this.#open.set(connection, opened);
    this.#lost.register(connection, opened, opened);
    this.#teller.change(group.idle, 1);
    return opened;
  }

  #leased(connection: ConnectionInfo): void {
    const open = this.#open.get(connection) ?? this.#opened(connection);
    open.leases += 1;
    if (open.leases === 1) this.#move(open.group, 1);
  }

  #released(connection: ConnectionInfo): void {
    const open = this.#open.get(connection);
    // Closed before it was given back.
    if (open === undefined) return;
    open.leases -= 1;
    if (open.leases > 0) return;
    this.#move(open.group, -1);
    // The last one: whoever ends the program now finds everything told.
    if (open.group.active.value === 0) this.#teller.tellAll();
  }

  #move({ active, idle }: Group, by: 1 | -1): void {
    this.#teller.change(active, by);
    this.#teller.change(idle, -by);
  }

  #closed(connection: ConnectionInfo, lifetimeMs: number): void {
    const open = this.#open.get(connection);
    const group = open?.group ?? this.#groupOf(connection);
    this.#duration.record(lifetimeMs / 1_000, group.attributes);
    if (open === undefined) return;
    this.#open.delete(connection);
    this.#lost.unregister(open);
    this.#gone(open);
  }

  #gone({ group, leases }: OpenConnection): void {
    this.#teller.change(leases === 0 ? group.idle : group.active, -1);
    this.#teller.tellAll();
  }

  #groupOf(connection: ConnectionInfo): Group {
    const { origin, protocol, remoteAddress } = connection;
    const peer = this.#optIn.has('network.peer.address') ? remoteAddress : undefined;
    const key = `${origin} ${protocol} ${peer ?? ''}`;
    const found = this.#groups.get(key);
    if (found !== undefined) return found;
    if (this.#groups.size >= MAX_GROUPS) this.#forgetUnused();
    const group = this.#newGroup(connection, peer);
    this.#groups.set(key, group);
    return group;
  }

  #newGroup({ origin, protocol }: ConnectionInfo, peer: string | undefined): Group {
    const { hostname, port, protocol: scheme } = new URL(origin);
    const attributes: Attributes = {
      'server.address': hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
      'server.port': port === '' ? DEFAULT_PORTS[scheme] : Number(port),
      'network.protocol.version': protocolVersionOf(protocol),
      ...(this.#optIn.has('url.scheme') ? { 'url.scheme': scheme.slice(0, -1) } : {}),
      ...(peer === undefined ? {} : { 'network.peer.address': peer }),
    };
    return {
      active: new Level({ 'http.connection.state': 'active', ...attributes }),
      idle: new Level({ 'http.connection.state': 'idle', ...attributes }),
      attributes,
    };
  }

  #forgetUnused(): void {
    this.#teller.tellAll();
    for (const [key, { active, idle }] of this.#groups) if (active.value + idle.value === 0) this.#groups.delete(key);
  }
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };
