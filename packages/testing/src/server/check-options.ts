import { OptionReader } from '@roundtripper/core';

import { ANYTHING, oneOf } from '../option-checks.ts';
import type { TestServerOptions } from './options.ts';

/**
 * Refuses options by which the server would not be the one that was meant.
 * @throws TypeError naming what is unknown.
 */
export function checkOptions(options: TestServerOptions): void {
  const reader = new OptionReader('TestServer', options);
  const protocol = reader.read('protocol', 'http/1.1', oneOf(PROTOCOLS));
  for (const name of ['clock', 'handler', 'tls', ...(protocol === 'http/1.1' ? [] : ['settings'])]) reader.read(name, undefined, ANYTHING);
  reader.finish();
}

const PROTOCOLS = ['http/1.1', 'h2', 'either'] as const;
