/** What a sample of header blocks is made of: a block that comes, or the limit of the table that the peer has acknowledged. */
export type BlockStep = { readonly kind: 'block'; readonly block: string } | { readonly kind: 'limit'; readonly bytes: number };

/** The limits that there are, in bytes. */
export const LIMITS: readonly number[] = [0, 60, 200, 4_096, 65_536];
const FIRST_LIMIT = 256 - LIMITS.length;

/** A byte that says how long the block is and its bytes, or a byte that stands for a limit. */
export function joinSteps(steps: readonly BlockStep[]): string {
  return steps.map((step) => (step.kind === 'limit' ? joinLimit(step.bytes) : joinBlock(step.block))).join('');
}

function joinLimit(bytes: number): string {
  return String.fromCharCode(FIRST_LIMIT + Math.max(0, LIMITS.indexOf(bytes)));
}

function joinBlock(block: string): string {
  const bytes = block.slice(0, FIRST_LIMIT - 1);
  return String.fromCharCode(bytes.length) + bytes;
}

/** Any bytes are steps. */
export function splitSteps(text: string): BlockStep[] {
  const steps: BlockStep[] = [];
  for (let at = 0; at < text.length;) {
    const first = text.charCodeAt(at);
    const limit = LIMITS[first - FIRST_LIMIT];
    const length = limit === undefined ? first : 0;
    steps.push(limit === undefined ? { kind: 'block', block: text.slice(at + 1, at + 1 + length) } : { kind: 'limit', bytes: limit });
    at += 1 + length;
  }
  return steps;
}
