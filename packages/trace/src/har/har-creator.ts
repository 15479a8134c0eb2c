import { readFileSync } from 'node:fs';

import type { HarCreator } from './har-format.ts';

/** This package. */
export function ownCreator(): HarCreator {
  return { name: '@roundtripper/trace', version: ownVersion() };
}

function ownVersion(): string {
  try {
    const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  } catch {
    // Bundled into something else, which has no such file.
  }
  return 'unknown';
}
