import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';

import { compose, HttpRequest, HttpResponse, Transport, type RoundTripper } from '@roundtripper/core';
import { TestServer } from '@roundtripper/testing';
import { afterEach, expect, test } from 'vitest';

import { bodyEnd, connectionInfo, getConn, gotConn } from '../test/scripted-events.ts';
import { publishTrace } from './publish-trace.ts';

const subscribed: (readonly [string, (message: unknown) => void])[] = [];

afterEach(() => {
  for (const [name, listener] of subscribed.splice(0)) unsubscribe(name, listener);
});

/** What is published for events of a kind. */
function published(kind: string): unknown[] {
  const messages: unknown[] = [];
  const listener = (message: unknown): void => void messages.push(message);
  subscribe(`roundtripper:${kind}`, listener);
  subscribed.push([`roundtripper:${kind}`, listener]);
  return messages;
}

/** Tells of three events, and keeps what it was given. */
class Telling implements RoundTripper {
  readonly requests: HttpRequest[] = [];

  roundTrip(request: HttpRequest): Promise<HttpResponse> {
    this.requests.push(request);
    for (const event of [getConn, gotConn(connectionInfo(1)), bodyEnd]) request.trace?.(event);
    return Promise.resolve(new HttpResponse(null, { request }));
  }
}

test('each event goes to the channel of its kind, with the request it is of', async () => {
  const [got, ended] = [published('gotConn'), published('bodyEnd')];
  const client = compose(publishTrace({ secretParameters: ['Key'] }), new Telling());
  for (const method of ['GET', 'PUT']) {
    await client.roundTrip(new HttpRequest('https://user:pass@example.com/a?key=k&sig=s&b=c#d', { method }));
  }
  const url = 'https://example.com/a?key=REDACTED&sig=REDACTED&b=c';
  expect(got).toMatchObject([
    { method: 'GET', url, event: { kind: 'gotConn', connection: { id: 1 } } },
    { method: 'PUT', url, event: { kind: 'gotConn' } },
  ]);
  expect(ended).toMatchObject([{ event: bodyEnd }, { event: bodyEnd }]);
  const ids = [...got, ...ended].map((message) =>
    typeof message === 'object' && message !== null && 'requestId' in message ? message.requestId : undefined,
  );
  expect([ids[0], ids[1]]).toEqual([ids[2], ids[3]]);
  expect(ids[0]).not.toBe(ids[1]);
});

test('where a redirect leads is told without secrets', async () => {
  const redirects = published('redirect');
  const next: RoundTripper = {
    roundTrip: (request) => {
      request.trace?.({ kind: 'redirect', status: 302, hop: 1, url: 'https://example.com/cb?code=c&state=s#access_token=t' });
      return Promise.resolve(new HttpResponse(null, { request }));
    },
  };
  await compose(publishTrace({ secretParameters: ['state'] }), next).roundTrip(new HttpRequest('https://example.com/'));
  const url = 'https://example.com/cb?code=REDACTED&state=REDACTED';
  expect(redirects).toMatchObject([{ event: { kind: 'redirect', status: 302, hop: 1, url } }]);
});

test('where nobody has subscribed the very same request passes', async () => {
  const next = new Telling();
  const client = compose(publishTrace(), next);
  const request = new HttpRequest('http://example.com/');
  await client.roundTrip(request);
  expect(next.requests[0]).toBe(request);
  published('bodyEnd');
  await client.roundTrip(request);
  expect(next.requests[1]).not.toBe(request);
});

test('one who has left hears nothing more, and events of kinds that nobody asked for go nowhere', async () => {
  const left = published('getConn');
  const stays = published('bodyEnd');
  const client = compose(publishTrace(), new Telling());
  for (const [name, listener] of subscribed.splice(0, 1)) unsubscribe(name, listener);
  await client.roundTrip(new HttpRequest('http://example.com/'));
  expect([left.length, stays.length]).toEqual([0, 1]);
  expect(channel('roundtripper:gotConn').hasSubscribers).toBe(false);
});

test('whoever listened before still hears everything', async () => {
  published('getConn');
  const kinds: string[] = [];
  const request = new HttpRequest('http://example.com/', { trace: ({ kind }) => void kinds.push(kind) });
  await compose(publishTrace(), new Telling()).roundTrip(request);
  expect(kinds).toEqual(['getConn', 'gotConn', 'bodyEnd']);
});

test('over a socket', async () => {
  await using server = await TestServer.start();
  await using client = compose(publishTrace(), new Transport());
  const responses = published('gotResponse');
  await (await client.roundTrip(new HttpRequest(`${server.url}/a`))).text();
  expect(responses).toMatchObject([{ url: `${server.url}/a`, event: { status: 200, proto: 'HTTP/1.1' } }]);
});

test('every mistake in the options is named', () => {
  const options: object = { secretParameters: [1], channel: 'x' };
  expect(() => publishTrace(options)).toThrow(
    new TypeError('invalid publishTrace options: secretParameters: expected an array of strings; unknown option "channel"'),
  );
});
