import type { Report, Sample } from '../messages.ts';

/** What a store says of itself once it was filled. */
export type Filled = Extract<Report, { readonly kind: 'filled' }>;

/** Something that holds very many responses. */
export interface FilledStore extends AsyncDisposable {
  /** Adds so many, of URLs of their own. */
  fill(responses: number): Promise<Filled>;
  /** Busy with the exchange that its job names. @returns requests per second at the end of it. @throws Error where another took place. */
  warmUp(forMs: number): Promise<number>;
  /** A window of the same. */
  measure(requests: number): Promise<Sample>;
  clear(): Promise<void>;
}
