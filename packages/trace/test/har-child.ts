import { compose, HttpRequest, Transport } from '@roundtripper/core';
import { TestServer } from '@roundtripper/testing';

import { harRecorder } from '../src/har/har-recorder.ts';

/**
 * Records requests to the file of the first argument, as many as the second says, or for ever where that is 0; prints how many are written, a line each time
 * that it changes, and at its end what became of them as JSON.
 */
const [file = '', count = '0'] = process.argv.slice(2);
const most = count === '0' ? Infinity : Number(count);
const errors: unknown[] = [];
let answers = 0;
let written = 0;
{
  await using server = await TestServer.start();
  await using recorder = harRecorder({ file, onError: (error) => errors.push(Reflect.get(Object(error), 'code')) });
  await using client = compose(recorder, new Transport());
  for (let at = 0; at < most; at++) {
    const response = await client.roundTrip(new HttpRequest(`${server.url}/${at}`));
    if ((await response.text()) === 'ok') answers += 1;
    if (recorder.stats().written > written) {
      written = recorder.stats().written;
      process.stdout.write(`${written}\n`);
    }
  }
  await recorder.close();
  process.stdout.write(`${JSON.stringify({ answers, errors, stats: recorder.stats() })}\n`);
}
