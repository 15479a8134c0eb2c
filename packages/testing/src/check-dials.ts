import type { TraceEvent } from '@roundtripper/core';

type Event<Kind extends TraceEvent['kind']> = Extract<TraceEvent, { readonly kind: Kind }>;
type StepKind = 'dnsStart' | 'dnsDone' | 'connectStart' | 'connectDone' | 'tlsHandshakeStart' | 'tlsHandshakeDone';
type DialKind = 'dialStart' | 'dialEnd' | 'dialDonated' | 'connOpened' | 'proxyConnectStart' | 'proxyConnectDone' | StepKind;

/** What tells of a dial. */
export type DialEvent = Event<DialKind>;

/** Each start, with the end that it is to have. */
const STARTS = {
  dialStart: 'dialEnd',
  dnsStart: 'dnsDone',
  connectStart: 'connectDone',
  tlsHandshakeStart: 'tlsHandshakeDone',
  proxyConnectStart: 'proxyConnectDone',
} as const;

const ENDS: ReadonlyMap<string, string> = new Map(Object.entries(STARTS).map(([start, end]) => [end, start]));

/** The dials that one request has begun: there are several at once where it was sent again, and their events come as they come. */
export class DialChecker {
  readonly #fault: (fault: string) => void;
  /** How many of each start have no end. */
  readonly #open = new Map<string, number>();
  readonly #opened = new Set<number>();
  readonly #ended = new Set<number>();
  readonly #donated = new Set<number>();

  constructor(fault: (fault: string) => void) {
    this.#fault = fault;
  }

  check(event: DialEvent): void {
    const { kind } = event;
    if (kind !== 'dialStart' && kind !== 'dialDonated' && this.#count('dialStart') === 0) this.#fault(`${kind} outside of a dial`);
    if (kind in STARTS) this.#start(kind);
    else if (ENDS.has(kind)) this.#end(event);
    else if (kind === 'connOpened') this.#add(this.#opened, event.connection.id, 'was opened twice');
    else if (kind === 'dialDonated') this.#onDonated(event);
  }

  /** Nothing more will come. */
  finish(): void {
    for (const [kind, count] of this.#open) if (count > 0) this.#fault(`${count} ${kind} without an end`);
  }

  #start(kind: string): void {
    this.#open.set(kind, this.#count(kind) + 1);
  }

  #end(event: DialEvent): void {
    const start = ENDS.get(event.kind) ?? '';
    if (this.#count(start) === 0) this.#fault(`${event.kind} without ${start}`);
    else this.#open.set(start, this.#count(start) - 1);
    if (event.kind === 'dialEnd') this.#onDialEnd(event);
  }

  #onDialEnd({ connection, ...rest }: Event<'dialEnd'>): void {
    if (connection === undefined && !('error' in rest)) this.#fault('dialEnd with neither a connection nor an error');
    if (connection !== undefined) {
      if (!this.#opened.has(connection.id)) this.#fault('dialEnd with a connection that was not opened');
      this.#ended.add(connection.id);
    }
    if (this.#count('dialStart') > 0) return;
    for (const [kind, count] of this.#open) if (count > 0) this.#fault(`dialEnd before the end of ${kind}`);
  }

  #onDonated({ connection }: Event<'dialDonated'>): void {
    if (!this.#ended.has(connection.id)) this.#fault('dialDonated of what this request has not dialled');
    this.#add(this.#donated, connection.id, 'was donated twice');
  }

  #add(ids: Set<number>, id: number, fault: string): void {
    if (ids.has(id)) this.#fault(`connection ${id} ${fault}`);
    ids.add(id);
  }

  #count(kind: string): number {
    return this.#open.get(kind) ?? 0;
  }
}
