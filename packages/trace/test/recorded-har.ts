import { readFile } from 'node:fs/promises';

import { compose, HttpRequest, Transport, type HttpRequestInit, type RoundTripper } from '@roundtripper/core';
import { testCertificate } from '@roundtripper/testing';
import type { Entry, Har } from 'har-format';

import type { HarRecorderOptions } from '../src/har/har-options.ts';
import { harRecorder } from '../src/har/har-recorder.ts';
import { checkedHar } from './har-schema.ts';
import { temporaryFolder } from './temporary-folder.ts';

const tls = { ca: testCertificate.ca };

/**
 * What is written of what `use` does with a client, whose recorder is the layer next to the Transport.
 * @throws Error where it is no HAR document, or the recorder has told of an error that nobody listens to.
 */
export async function recorded(
  use: (client: RoundTripper) => Promise<unknown>,
  options: HarRecorderOptions = {},
  transport: Transport = new Transport({ tls }),
): Promise<Har & { readonly only: Entry }> {
  await using folder = await temporaryFolder();
  const file = folder.path('requests.har');
  const told: unknown[] = [];
  {
    await using recorder = harRecorder({ file, onError: (error) => told.push(error), ...options });
    await using client = compose(recorder, transport);
    await use(client);
  }
  if (options.onError === undefined && told.length > 0) throw new AggregateError(told, 'the recorder has lost something');
  const har = checkedHar(await readFile(file, 'utf8'));
  const [only] = har.log.entries;
  if (only === undefined) throw new Error('nothing was recorded');
  return { ...har, only };
}

export async function get(client: RoundTripper, url: string, init?: HttpRequestInit): Promise<string> {
  return (await client.roundTrip(new HttpRequest(url, init))).text();
}
