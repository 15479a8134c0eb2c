import { createRequire } from 'node:module';

import Ajv from 'ajv';
import type { Entry, Har } from 'har-format';

const require = createRequire(import.meta.url);

/** The public schema of HAR 1.2, which is of the JSON Schema draft 6. */
const validator = new Ajv({ schemas: schemas(), meta: false, allErrors: true, schemaId: '$id' });

/**
 * The document, once it is one: by the public schema of HAR 1.2, and by what its specification says of times and the schema does not check.
 * @throws Error that says what is wrong.
 */
export function checkedHar(text: string): Har {
  const parsed: unknown = JSON.parse(text);
  if (!isHar(parsed)) throw new Error(`not a HAR document: ${validator.errorsText(validator.errors)}`);
  for (const entry of parsed.log.entries) checkTimes(entry);
  return parsed;
}

function schemas(): object[] {
  const ofHar = Object.keys(loaded(require.resolve('har-schema'))).map((name) => loaded(`har-schema/lib/${name}.json`));
  return [loaded('ajv/lib/refs/json-schema-draft-06.json'), ...ofHar];
}

function loaded(path: string): object {
  const what: unknown = require(path);
  if (typeof what !== 'object' || what === null) throw new Error(`${path} is no object`);
  return what;
}

function isHar(value: unknown): value is Har {
  return validator.validate('har.json#', value) === true;
}

/** `time` is the sum of the phases, -1 left out; `ssl` is part of `connect`; what is sent, waited for and received takes no less than nothing. */
function checkTimes({ time, timings, request: { url } }: Entry): void {
  const { send = -1, wait, receive } = timings;
  const { blocked = -1, dns = -1, connect = -1, ssl = -1 } = timings;
  const phases = [blocked, dns, connect, send, wait, receive];
  const sum = phases.reduce((total, phase) => total + Math.max(0, phase), 0);
  if (Math.abs(sum - time) > 1e-9) throw new Error(`${url}: time is ${time}, its phases are ${sum}`);
  if (ssl > connect) throw new Error(`${url}: ssl (${ssl}) is part of connect (${connect})`);
  if (Math.min(send, wait, receive) < 0) throw new Error(`${url}: send, wait and receive have to have times`);
  for (const phase of phases) if (phase < 0 && phase !== -1) throw new Error(`${url}: a phase of ${phase}`);
}
