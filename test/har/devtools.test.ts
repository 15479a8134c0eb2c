import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { compose, HttpRequest, Transport } from '@roundtripper/core';
import { testCertificate, TestServer } from '@roundtripper/testing';
import { harRecorder } from '@roundtripper/trace';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { expect, test } from 'vitest';

import { serverBinary } from '../../packages/core/test/servers/server-binary.ts';
import { checkedHar } from '../../packages/trace/test/har-schema.ts';
import { temporaryFolder, type TemporaryFolder } from '../../packages/trace/test/temporary-folder.ts';

const binary = await serverBinary('chromium', 'chromium');

/** Writes a document with an exchange of each kind. @returns its path. */
async function recording(folder: TemporaryFolder): Promise<string> {
  const file = folder.path('requests.har');
  await using server = await TestServer.start({ protocol: 'h2', tls: true });
  server.enqueue(
    { headers: { 'Content-Type': 'application/json', 'Set-Cookie': 'sid=secret; Path=/; HttpOnly' }, body: '{"token":"secret","n":1}' },
    { status: 404, headers: { 'Content-Type': 'application/octet-stream' }, body: new Uint8Array([0, 255]) },
    {
      headers: { 'Content-Type': 'text/plain' },
      body: ['half of', ' it'],
      fault: { kind: 'reset-stream', at: 'body', code: 'INTERNAL_ERROR' },
    },
  );
  await using recorder = harRecorder({ file, bodies: 'all', initiator: true });
  await using client = compose(recorder, new Transport({ tls: { ca: testCertificate.ca } }));
  const answered = [
    {
      path: '/first?sig=secret&page=1',
      init: { method: 'POST', headers: { Authorization: 'Bearer secret', Cookie: 'a=secret' }, body: 'sent' },
    },
    { path: '/missing' },
  ];
  for (const { path, init } of answered) await (await client.roundTrip(new HttpRequest(server.url + path, init))).bytes();
  const broken = await client.roundTrip(new HttpRequest(`${server.url}/broken`));
  await expect(broken.text()).rejects.toThrow();
  const nobody = await TestServer.start();
  await nobody[Symbol.asyncDispose]();
  await expect(client.roundTrip(new HttpRequest(`${nobody.url}/refused`))).rejects.toThrow();
  return file;
}

/** DevTools' own front end, as this Chromium serves it, in a tab: its Network panel, looking at another tab. */
async function networkPanel(folder: TemporaryFolder, context: BrowserContext): Promise<Page> {
  const [port = ''] = (await readFile(join(folder.path('profile'), 'DevToolsActivePort'), 'utf8')).split('\n');
  // There is one tab yet. DevTools that look at themselves show what they load.
  const targets = await (await fetch(`http://127.0.0.1:${port}/json/list`)).text();
  const socket = /"type": "page",\s*"url": "about:blank",\s*"webSocketDebuggerUrl": "ws:\/\/([^"]*)"/.exec(targets)?.[1];
  if (socket === undefined) throw new Error(`no tab to look at: ${targets}`);
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${port}/devtools/devtools_app.html?ws=${socket}&panel=network`);
  return page;
}

test.skipIf(!binary.isThere)('Chrome DevTools imports a recording, and shows what it was told', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder();
  const file = await recording(folder);
  expect(await readFile(file, 'utf8')).not.toContain('secret');
  const context = await chromium.launchPersistentContext(folder.path('profile'), {
    executablePath: binary.path,
    args: ['--remote-debugging-port=0', '--no-sandbox'],
    viewport: { width: 1_600, height: 900 },
  });
  try {
    const page = await networkPanel(folder, context);
    // The button "Import HAR file" opens this input.
    await page.locator('input[type=file]').first().setInputFiles(file);
    const rows = page.locator('.network-log-grid tr.data-grid-data-grid-node');
    await rows.nth(3).waitFor();
    const shown = (await rows.allInnerTexts()).map((row) => row.split('\t').slice(0, 3));
    expect(shown).toEqual([
      ['first?sig=REDACTED&page=1', '200', 'fetch'],
      ['missing', '404', 'fetch'],
      ['broken', '200', 'fetch'],
      ['refused', 'Finished', 'fetch'],
    ]);
    const text = await readFile(file, 'utf8');
    const requests = await imported(page, text);
    expect(requests).toMatchObject([
      {
        method: 'POST',
        status: 200,
        protocol: 'h2',
        initiator: ['Composed.roundTrip', 'recording'],
        formData: 'sent',
        content: '{"token":"REDACTED","n":1}',
        requestCookies: ['a=REDACTED'],
        responseCookies: ['sid=REDACTED'],
      },
      { status: 404, content: 'AP8=' },
      { status: 200, content: 'half of it' },
      { status: 0, protocol: '', connectionId: '' },
    ]);
    expect(requests).toMatchObject(checkedHar(text).log.entries.map(asDevToolsSay));
  } finally {
    await context.close();
  }
});

type Entry = ReturnType<typeof checkedHar>['log']['entries'][number];

/** What is said of an entry, in the words of `imported`. */
function asDevToolsSay({ request, response, timings, serverIPAddress, connection, ...more }: Entry): object {
  return {
    url: request.url,
    transferSize: response['_transferSize'],
    lastsAsLong: true,
    ...(serverIPAddress === undefined ? {} : { remoteAddress: `${serverIPAddress}:${connection}`, connectionId: more['_connectionId'] }),
    hasDialled: timings.connect !== -1,
    hasTls: timings.ssl !== -1,
  };
}

/** What DevTools' importer makes of a document: by the module that its panel uses. In its own words, as it has no types. */
async function imported(page: Page, text: string): Promise<unknown> {
  return page.evaluate(`(async () => {
    const { HARFormat, Importer } = await import('./models/har/har.js');
    const { log } = new HARFormat.HARRoot(JSON.parse(${JSON.stringify(text)}));
    const cookie = (each) => each.name() + '=' + each.value();
    return Promise.all(
      Importer.Importer.requestsFromHARLog(log).map(async (request, at) => ({
        url: request.url(),
        method: request.requestMethod,
        status: request.statusCode,
        protocol: request.protocol,
        connectionId: request.connectionId,
        remoteAddress: request.remoteAddress(),
        initiator: request.initiator()?.stack?.callFrames.map(({ functionName }) => functionName),
        transferSize: request.transferSize,
        lastsAsLong: Math.abs((request.endTime - request.issueTime()) * 1_000 - log.entries[at].time) < 0.01,
        hasDialled: request.timing.connectStart !== -1,
        hasTls: request.timing.sslStart !== -1,
        formData: await request.requestFormData(),
        content: await request.requestContentData().then((data) => data.isTextContent ? data.text : data.base64),
        requestCookies: request.includedRequestCookies().map((each) => cookie(each.cookie)),
        responseCookies: request.responseCookies.map(cookie),
      })),
    );
  })()`);
}
