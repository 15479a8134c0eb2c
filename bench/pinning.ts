import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** What goes before a command to keep it on one CPU, and what was done, in words. */
export interface Pinning {
  readonly client: readonly string[];
  readonly server: readonly string[];
  readonly note: string;
}

const TASKSET = 'taskset';

/** Clients on CPU 0 and the server on CPU 1, so that neither is moved about and neither runs in the other's time. */
export function choosePinning(): Pinning {
  if (availableParallelism() < 2) return unpinned('there is one CPU');
  if (!canPinTo(0) || !canPinTo(1)) return unpinned('taskset is not there or may not use CPUs 0 and 1');
  return { client: pinnedTo(0), server: pinnedTo(1), note: 'clients pinned to CPU 0, server to CPU 1' };
}

function unpinned(why: string): Pinning {
  return { client: [], server: [], note: `not pinned: ${why}` };
}

function canPinTo(cpu: number): boolean {
  return spawnSync(TASKSET, ['-c', String(cpu), 'true'], { stdio: 'ignore' }).status === 0;
}

function pinnedTo(cpu: number): readonly string[] {
  return [TASKSET, '-c', String(cpu)];
}
