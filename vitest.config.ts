import { availableParallelism } from 'node:os';

import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Packages find each other's sources, as they do under `node --conditions=source`: tests need no build. */
const conditions = ['source'];

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts', 'examples/**/*.test.ts', 'bench/**/*.test.ts', 'test/**/*.test.ts'],
    // Not worker threads: the gates look at the handles of a whole process, and a process ends with what it leaked.
    pool: 'forks',
    // vitest leaves a CPU to itself, which mostly waits: of two CPUs that is half (10 minutes for 6.7).
    maxWorkers: Math.max(2, availableParallelism() - 1),
    execArgv: ['--unhandled-rejections=strict', '--expose-gc', ...conditions.map((condition) => `--conditions=${condition}`)],
    setupFiles: ['./test/gates.ts'],
    retry: 0,
    testTimeout: 10_000,
    hookTimeout: 10_000,
  },
});

export default config;
