/** The process of one cache: `subject-process.ts <subject>`. It sends {@link Results}. The suite keeps its results in its modules, so that each cache needs a process. */
import { setBaseUrl, setFetch, setUseBrowserCache } from 'http-cache-tests/client/config.mjs';
import { makeCacheTest, testResults } from 'http-cache-tests/client/test.mjs';
import { isSubjectName, SUBJECTS } from './subjects.ts';
import { cases, type Case } from './suite.ts';
import { SuiteServer } from './suite-server.ts';

const [name = ''] = process.argv.slice(2);
if (!isSubjectName(name)) throw new Error(`there is no cache called ${name}`);
// The suite's server says there what it thinks of a request, and got that it adds a listener to its store for each.
console.log = console.warn = () => {};

{
  await using server = await SuiteServer.start();
  await using subject = SUBJECTS[name]();
  setBaseUrl(server.origin);
  setFetch(subject.fetch);
  await run(cases.filter(({ group }) => group !== 'others'));
  // As for a proxy the suite then has its own client's cache switched off, which is the one under test here.
  setFetch((url, { cache: _cache, ...init } = {}) => subject.fetch(url, init));
  await run(
    cases.filter(({ group }) => group === 'others'),
    { isBrowser: false },
  );
}
process.send?.(testResults, undefined, undefined, () => process.disconnect?.());

/** At once: most of the time a case waits for something to become stale. */
async function run(some: readonly Case[], { isBrowser = true } = {}): Promise<void> {
  setUseBrowserCache(isBrowser);
  await Promise.all(some.map(({ definition }) => makeCacheTest(definition)));
}
