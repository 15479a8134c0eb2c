/** Where something was created: an object that `Error.captureStackTrace` has written to. Its text is made when it is read, which is the dear part. */
export interface Created {
  readonly stack?: string;
}

/** Deep enough to get from a socket through node:http and node:net to whoever asked for it. */
const FRAMES = 30;

/** The stack without `above` and what it called. */
export function creation(above: (...args: never[]) => unknown): Created {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const created = {};
  Error.captureStackTrace(created, above);
  Error.stackTraceLimit = limit;
  return created;
}

/** The frames, innermost first, each like `at connect (/path/file.ts:1:2)`. */
function framesOf(created: Created): string[] {
  return (created.stack ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '));
}

/** The frames that say something to whoever wrote the test: not the runner's, which are below every test, and Node's only where there are no others. */
export function tellingFrames(created: Created): string[] {
  const frames = framesOf(created).filter((frame) => !isRunners(frame) && !frame.includes('<anonymous>)'));
  const own = frames.filter((frame) => !frame.includes('node:'));
  return own.length > 0 ? own : frames.filter((frame) => !frame.includes('node:internal/async_hooks'));
}

function isRunners(frame: string): boolean {
  return RUNNER.some((path) => frame.includes(path));
}

/** The code of test runners, and this one. */
const RUNNER = [
  '/node_modules/vitest/',
  '/node_modules/@vitest/',
  '/node_modules/vite/',
  '/node_modules/jest',
  '/node_modules/mocha/',
  '/testing/src/leak',
  '/testing/dist/leak',
  '/test/gates.ts',
];

/**
 * What Node keeps for itself and nobody can end: the clock and the signal listeners of its `fetch` (they go by garbage collection),
 * the timer behind the `Date` field of node:http, the standard streams. The sockets of its `fetch` are not among them.
 */
const RUNTIME = [
  { kinds: ['timer', 'immediate', 'abort listener'], frame: 'node:internal/deps/undici/' },
  { kinds: ['timer'], frame: '(node:internal/http:' },
  { kinds: ['pipe'], frame: 'node:internal/bootstrap/switches/' },
];

/**
 * Whether it belongs to the runner or to Node. The innermost frame that is a file's decides: the runner is at the bottom of every stack,
 * so that it is there says nothing. With no such frame it was created in a callback of Node's (an accepted socket), and that is ours.
 */
export function isForeign(begun: { readonly kind: string; readonly created: Created }): boolean {
  const frames = framesOf(begun.created);
  const first = frames.findIndex((frame) => !frame.includes('node:') && !frame.includes('<anonymous>'));
  const file = frames[first];
  if (file !== undefined && isRunners(file)) return true;
  const inner = first === -1 ? frames : frames.slice(0, first);
  return RUNTIME.some(({ kinds, frame }) => kinds.includes(begun.kind) && inner.some((line) => line.includes(frame)));
}
