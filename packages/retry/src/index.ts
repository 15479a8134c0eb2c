export { attempts, retry } from './retry.ts';
export type { RetryOptions } from './retry-options.ts';
