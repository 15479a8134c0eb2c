import type { SharedHandler, SharedRequest, SharedResponse } from '@roundtripper/testing';

import { bytesOf } from './interop-server.ts';

/** All that an `InteropServer` can be asked for, with the types that node:http and node:http2 share: what Node serves itself, and the origin of those that pass requests on. */
export const interopHandler: SharedHandler = async (request, response) => {
  const [, name = '', argument = ''] = (request.url ?? '').split('/');
  const answer = ANSWERS[name];
  if (answer === undefined) response.writeHead(404).end();
  else await answer(request, response, Number(argument));
};

type Answer = (request: SharedRequest, response: SharedResponse, argument: number) => void | Promise<void>;

const ANSWERS: Readonly<Record<string, Answer>> = {
  'bytes': (_, response, size) => void response.writeHead(200, { 'content-length': size }).end(bytesOf(size)),
  'echo': (request, response) => void request.pipe(response),
  'status': (_, response, status) => void response.writeHead(status).end(),
  'trailers': async (request, response) => {
    const sum = await readSum(request);
    response.setHeader('trailer', 'x-sum');
    response.addTrailers({ 'x-sum': '42' });
    response.end(sum ?? 'no sum');
  },
  'headers': (request, response) => void response.end(JSON.stringify(request.headers)),
  'hold': (_, response) => void response.write('held'),
  'never': () => {},
  'early-hints': (_, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.end('late');
  },
};

/** The request's trailer `x-sum`, once its body is over. */
async function readSum(request: SharedRequest): Promise<string | undefined> {
  for await (const _ of request);
  const at = request.rawTrailers.findIndex((name) => name.toLowerCase() === 'x-sum');
  return at === -1 ? undefined : request.rawTrailers[at + 1];
}
