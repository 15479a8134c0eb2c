import { HttpResponse, Transport } from '@roundtripper/core';
import { LeakCheck } from '@roundtripper/testing';
import { aroundAll, aroundEach } from 'vitest';

/**
 * Nothing that a test begins outlives it: no socket, server, timer, abort listener or promise of the public API. There is no list of exceptions.
 * What `beforeAll` and modules begin is asked for after the file's last `afterAll`.
 */
const leaks = new LeakCheck({
  promises: [
    { name: 'Transport', prototype: Transport.prototype, methods: ['roundTrip', 'preconnect', 'close'] },
    {
      name: 'HttpResponse',
      prototype: HttpResponse.prototype,
      methods: ['text', 'json', 'bytes', 'arrayBuffer', 'blob', 'formData', 'dispose'],
    },
  ],
});

aroundEach(async (runTest, { task }) => {
  if (task.concurrent === true) throw new Error('a concurrent test: the gates could not tell what it leaks from what its neighbours do');
  const scope = leaks.enter();
  await runTest();
  throwIfAny(await leaks.leave(scope), task.name);
});

aroundAll(async (runSuite) => {
  await runSuite();
  throwIfAny(await leaks.leave(), 'the file around the tests');
  leaks.stop();
});

function throwIfAny(found: readonly string[], name: string): void {
  if (found.length > 0) throw new Error(`"${name}" left ${found.length} behind:\n${found.join('\n')}`);
}
