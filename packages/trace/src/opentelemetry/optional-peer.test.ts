import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Imports a file where `@opentelemetry/api` is not installed: resolving it fails as it does there. */
async function importWithoutPeer(file: string): Promise<string> {
  const program = `
    import { registerHooks } from 'node:module';
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier.startsWith('@opentelemetry/')) throw new Error('not installed: ' + specifier);
        return next(specifier, context);
      },
    });
    console.log(await import(${JSON.stringify(new URL(file, import.meta.url))}).then((module) => Object.keys(module).length > 0 ? 'imported' : 'empty', (error) => error.message));`;
  const args = ['--conditions=source', '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 10_000 });
  return stdout.trim();
}

test('the main entry point does not need @opentelemetry/api, and this one says what is missing', async () => {
  expect(await importWithoutPeer('../index.ts')).toBe('imported');
  expect(await importWithoutPeer('./index.ts')).toBe('not installed: @opentelemetry/api');
});
