import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('an idle connection holds nothing of the request that it was dialled for: no field, no signal, no listener', async () => {
  const script = join(import.meta.dirname, '../../test/kept-when-idle.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--conditions=source', script]);
  expect(JSON.parse(stdout)).toEqual([]);
});
