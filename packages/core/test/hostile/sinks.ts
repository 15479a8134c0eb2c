import * as fc from 'fast-check';

import type { HttpRequestInit } from '../../src/contract/http-request.ts';

/** What forges a line where nobody looks: on its own and among ordinary text. U+010A and U+010D are LF and CR once only their low bytes are left. */
const BAD = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  '\u010a',
  '\u010d',
  '\u010d\u010a',
  '\r\nX-Forged: 1',
  '\r\n\r\nGET /forged HTTP/1.1\r\nHost: x\r\n\r\n',
  '\u2028',
  '\x7f',
  '\v',
];
const ODD = [
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '/',
  '?',
  '#',
  '@',
  '%0d%0a',
  '%00',
  '"',
  '\\',
  '[',
  ']',
  '\xe9',
  '\u00a0',
  '\ud800',
  '💥',
  'chunked',
  'close',
  '0',
];

/** Text that a caller may pass, by chance or by somebody's will. */
export const TEXT: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.string({ maxLength: 6 }) },
      { weight: 2, arbitrary: fc.constantFrom(...ODD) },
      { weight: 1, arbitrary: fc.constantFrom(...BAD) },
    ),
    {
      maxLength: 4,
    },
  )
  .map((parts) => parts.join(''));

/** A request that puts some text in one of the places that reach the wire. */
export interface Sink {
  readonly place: string;
  readonly text: string;
  readonly url: (base: string) => string;
  readonly init: HttpRequestInit;
}

type Place = (text: string) => { readonly url?: string; readonly init?: unknown };

const HEAD_PLACES: Readonly<Record<string, Place>> = {
  'method': (text) => ({ init: { method: text } }),
  'path': (text) => ({ url: `/${text}` }),
  'query': (text) => ({ url: `/?${text}` }),
  'fragment': (text) => ({ url: `/#${text}` }),
  'host': (text) => ({ init: { host: text } }),
  'Host field': (text) => ({ init: { headers: { Host: text } } }),
  'name in an object': (text) => ({ init: { headers: { [`x${text}`]: 'v' } } }),
  'name in pairs': (text) => ({ init: { headers: [[text, 'v']] } }),
  'value in an object': (text) => ({ init: { headers: { 'X-A': text } } }),
  'value in a list': (text) => ({ init: { headers: { 'X-A': ['v', text] } } }),
  'value in pairs': (text) => ({ init: { headers: [['X-A', text]] } }),
  'value in a map': (text) => ({ init: { headers: new Map([['X-A', text]]) } }),
  'value that is an object': (text) => ({ init: { headers: { 'X-A': { toString: () => text } } } }),
  'value that is an object in pairs': (text) => ({ init: { headers: [['X-A', { [Symbol.toPrimitive]: () => text }]] } }),
  'value that changes': (text) => ({ init: { headers: { 'X-A': changing(text) } } }),
  'value that is a function': (text) => ({ init: { headers: { 'X-A': Object.assign(() => {}, { toString: () => text }) } } }),
  'method that is an object': (text) => ({ init: { method: { toString: () => text } } }),
  'host that is an object': (text) => ({ init: { host: { toString: () => text } } }),
  'User-Agent': (text) => ({ init: { headers: { 'User-Agent': text } } }),
  'Connection': (text) => ({ init: { headers: { Connection: text }, close: true } }),
  'Cookie': (text) => ({ init: { headers: { Cookie: text } } }),
  'Authorization': (text) => ({ init: { headers: { Authorization: text } } }),
};

const BODY_PLACES: Readonly<Record<string, Place>> = {
  'type of a blob': (text) => ({ init: { method: 'POST', body: new Blob(['body'], { type: text }) } }),
  'type of something like a blob': (text) => ({ init: { method: 'POST', body: likeBlob(text) } }),
  'Content-Type': (text) => ({ init: { method: 'POST', body: 'body', headers: { 'Content-Type': text } } }),
  'Content-Length': (text) => ({ init: { method: 'POST', body: 'body', headers: { 'Content-Length': text } } }),
  'Transfer-Encoding': (text) => ({ init: { method: 'POST', body: 'body', headers: { 'Transfer-Encoding': text } } }),
  'Trailer': (text) => ({ init: { method: 'POST', body: 'body', headers: { Trailer: text } } }),
  'name of a trailer': (text) => ({ init: { method: 'POST', body: 'body', trailers: { [`x${text}`]: 'v' } } }),
  'value of a trailer': (text) => ({ init: { method: 'POST', body: 'body', trailers: { 'X-A': text } } }),
  'name of a trailer that comes late': (text) => ({ init: { method: 'POST', body: 'body', trailers: () => ({ [`x${text}`]: 'v' }) } }),
  'value of a trailer that comes late': (text) => ({ init: { method: 'POST', body: 'body', trailers: () => ({ 'X-A': text }) } }),
  'name in a form': (text) => ({ init: { method: 'POST', body: formOf(text, 'v') } }),
  'value in a form': (text) => ({ init: { method: 'POST', body: formOf('n', text) } }),
  'name of a file': (text) => ({ init: { method: 'POST', body: formOf('n', new File(['v'], text)) } }),
  'type of a file': (text) => ({ init: { method: 'POST', body: formOf('n', new File(['v'], 'f', { type: text })) } }),
  'text': (text) => ({ init: { method: 'POST', body: text } }),
  'chunk': (text) => ({ init: { method: 'POST', body: oneChunk(text) } }),
  'parameter': (text) => ({ init: { method: 'POST', body: new URLSearchParams({ [text]: text }) } }),
};

/** Another value each time it is asked for: harmless first, so that a check that reads twice sees nothing. */
function changing(text: string): { toString: () => string } {
  let asked = 0;
  return { toString: () => (asked++ === 0 ? text : `${text}\r\nX-Forged: 1`) };
}

function likeBlob(type: string): object {
  return {
    type,
    size: 4,
    stream: () => new Blob(['body']).stream(),
    arrayBuffer: async () => new ArrayBuffer(4),
    [Symbol.toStringTag]: 'Blob',
  };
}

function formOf(name: string, value: string | File): FormData {
  const form = new FormData();
  if (typeof value === 'string') form.append(name, value);
  else form.append(name, value);
  return form;
}

async function* oneChunk(text: string): AsyncGenerator<string> {
  yield text;
}

/** Places in the head of a request without a body. */
export const HEAD_SINKS: fc.Arbitrary<Sink> = sinksIn(HEAD_PLACES);
/** Places that come with a body. */
export const BODY_SINKS: fc.Arbitrary<Sink> = sinksIn(BODY_PLACES);

function sinksIn(places: Readonly<Record<string, Place>>): fc.Arbitrary<Sink> {
  return fc.tuple(fc.constantFrom(...Object.entries(places)), TEXT).map(([[name, place], text]) => sinkAt(name, place, text));
}

function sinkAt(name: string, place: Place, text: string): Sink {
  const { url = '/', init = {} } = place(text);
  return {
    place: name,
    text,
    url: (base) => base + url,
    // oxlint-disable-next-line typescript/consistent-type-assertions -- what a caller without a type checker may pass
    init: init as HttpRequestInit,
  };
}

/** Each place, with each of the texts that forge a line. */
export function badSinks(): { place: string; sinks: Sink[] }[] {
  const places = Object.entries({ ...HEAD_PLACES, ...BODY_PLACES });
  return places.map(([name, place]) => ({ place: name, sinks: BAD.map((text) => sinkAt(name, place, `a${text}b`)) }));
}
