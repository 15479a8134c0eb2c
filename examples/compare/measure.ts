import { setTimeout as sleep } from 'node:timers/promises';

import { ChildProgram, numberIn } from '../shared/child-program.ts';
import { timeWait, type TimeWait } from './time-wait.ts';

/** One way to go about connections. */
export interface Scenario {
  readonly name: string;
  readonly client: 'pooled' | 'unpooled';
  readonly server: 'keep' | 'close';
}

/** What it costs. */
export interface Measured {
  readonly name: string;
  readonly requests: number;
  /** Milliseconds a request. */
  readonly requestMs: number;
  /** Allocated bytes a request; NaN where this Node does not tell. */
  readonly requestBytes: number;
  readonly opened: number;
  /** Undefined where the system does not tell. */
  readonly timeWait: TimeWait | undefined;
}

/** For the last sockets to be through with closing. */
const SETTLE_MS = 100;

/** Server and client are processes of their own, and fresh ones each time. */
export async function measure({ name, client, server }: Scenario, requests: number): Promise<Measured> {
  await using serving = ChildProgram.start(new URL('server.ts', import.meta.url), { args: [server] });
  const port = numberIn(await serving.receive(), 'port');
  await using asking = ChildProgram.start(new URL('client.ts', import.meta.url), {
    args: [`http://127.0.0.1:${port}/`, String(requests), client],
    nodeFlags: ['--expose-gc'],
  });
  await asking.receive();
  const openedBefore = numberIn(await serving.ask('opened?'), 'opened');
  const waitedBefore = await timeWait(port);
  const result = await asking.ask('go');
  await sleep(SETTLE_MS);
  return {
    name,
    requests,
    requestMs: numberIn(result, 'tookMs') / requests,
    requestBytes: numberIn(result, 'allocated') / requests,
    opened: numberIn(await serving.ask('opened?'), 'opened') - openedBefore,
    timeWait: difference(await timeWait(port), waitedBefore),
  };
}

function difference(after: TimeWait | undefined, before: TimeWait | undefined): TimeWait | undefined {
  if (after === undefined || before === undefined) return undefined;
  return { client: after.client - before.client, server: after.server - before.server };
}
