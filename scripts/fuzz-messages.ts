/** What a fuzzing thread is to do. */
export interface FuzzPlan {
  /** The name of what is fuzzed. */
  readonly target: string;
  readonly seed: number;
  readonly forMs: number;
  /** Where it puts the sample that it is about to try: its length in four bytes, and its text. */
  readonly current: SharedArrayBuffer;
}

/** What it tells. */
export type FuzzReport =
  | {
      readonly kind: 'progress';
      readonly inputs: number;
      readonly corpusSize: number;
      readonly signatures: number;
      readonly isLast: boolean;
    }
  | { readonly kind: 'found'; readonly text: string; readonly fault: string }
  /** `kept`: what came to a new end. */
  | { readonly kind: 'done'; readonly kept: readonly string[] };
