import { HttpResponse, Transport } from '@roundtripper/core';
import { aroundAll, aroundEach } from 'vitest';

import { watchAbortListeners } from './gates/abort-listeners.ts';
import { leftAfterGrace } from './gates/grace.ts';
import { watchHandles } from './gates/handles.ts';
import { FILE_SCOPE, Ledger, report } from './gates/ledger.ts';
import { watchPromises } from './gates/public-promises.ts';
import { watchStrayErrors } from './gates/stray-errors.ts';

/**
 * Nothing that a test begins outlives it: no socket, server, timer, abort listener or promise of the public API. There is no list of exceptions.
 * What `beforeAll` and modules begin is asked for after the file's last `afterAll`.
 */
const ledger = new Ledger();
const strayErrors = watchStrayErrors(ledger);
watchHandles(ledger);
watchAbortListeners(ledger);
watchPromises(ledger, [
  { name: 'Transport', prototype: Transport.prototype, methods: ['roundTrip', 'close'] },
  {
    name: 'HttpResponse',
    prototype: HttpResponse.prototype,
    methods: ['text', 'json', 'bytes', 'arrayBuffer', 'blob', 'formData', 'dispose'],
  },
]);

aroundEach(async (runTest, { task }) => {
  if (task.concurrent === true) throw new Error('a concurrent test: the gates could not tell what it leaks from what its neighbours do');
  const scope = ledger.enterTest();
  await runTest();
  await check(scope, task.name);
});

aroundAll(async (runSuite) => {
  await runSuite();
  await check(FILE_SCOPE, 'the file around the tests');
  strayErrors.stop();
});

async function check(scope: number, name: string): Promise<void> {
  const left = await leftAfterGrace(ledger, scope);
  ledger.leave(scope);
  const found = [...strayErrors.take(scope), ...left.map(report)];
  if (found.length > 0) throw new Error(`"${name}" left ${found.length} behind:\n${found.join('\n')}`);
}
