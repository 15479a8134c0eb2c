import type { Place } from './cache-key.ts';
import type { Departure } from './departure.ts';
import type { Flight, FlightName } from './flights.ts';
import type { Plan } from './plan.ts';
import type { BypassReason, Forwarded, MissReason } from './reasons.ts';
import type { RequestView } from './request-view.ts';
import type { StoredResponse } from './stored-response.ts';

/** A request on its way through the cache. */
export interface Ask {
  readonly view: RequestView;
  readonly place: Place;
  /** All that is stored for its URL, whoever it was stored for. */
  readonly found: readonly StoredResponse[];
  /** Whether it may wait for the answer to another. */
  readonly mayJoin: boolean;
}

/** A plan for which the server is asked. */
export type Asking = Extract<Plan, { readonly kind: 'revalidate' | 'complete' | 'forward' }>;

/** What others have of a request that the server is asked for, and who asked first of them. */
export type Sharing = Pick<Turn, 'name' | 'flight' | 'departure'>;

/** A request that the server is asked for, and who has an interest in the answer. */
export interface Turn {
  readonly ask: Ask;
  readonly asking: { readonly forwarded: Forwarded; readonly reason: MissReason | BypassReason };
  /** Under which name others may ask for the same; undefined where they may not have it. */
  readonly name: FlightName | undefined;
  /** What they may join. */
  readonly flight: Flight | undefined;
  readonly departure: Departure | undefined;
  /** Called once it is known what becomes of the answer: the right to ask goes to the next. */
  readonly onDone: () => void;
}
