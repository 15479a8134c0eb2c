import { answer, chunked } from './row.ts';

/** Bytes that two parsers should read alike. */
export interface Vector {
  readonly fact: string;
  readonly bytes: string;
  readonly method?: string;
}

const MOVED =
  'HTTP/1.1 301 Moved Permanently\r\nLocation: http://www.example.com/\r\nContent-Type: text/html; charset=UTF-8\r\n' +
  'Date: Sun, 26 Apr 2009 11:11:49 GMT\r\nX-Empty:\r\nX_Under_Score: 1\r\nContent-Length: 9\r\n\r\n<HTML>hi\n';

function bytesFrom(start: number, end: number): string {
  return String.fromCharCode(...Array.from({ length: end - start }, (_, at) => start + at));
}

/** Ordinary and odd answers, in the manner of llhttp's own tests. */
export const VECTORS: readonly Vector[] = [
  { fact: 'a redirect with a body', bytes: MOVED },
  { fact: 'no fields and no body', bytes: 'HTTP/1.1 404 Not Found\r\n\r\n' },
  { fact: 'no reason phrase', bytes: 'HTTP/1.1 301\r\n\r\n' },
  { fact: 'a reason phrase of one space', bytes: 'HTTP/1.1 200  \r\nContent-Length: 0\r\n\r\n' },
  { fact: 'a reason phrase of bytes beyond ASCII', bytes: 'HTTP/1.1 500 Ori\xebntatieprobleem\r\nContent-Length: 0\r\n\r\n' },
  { fact: 'chunks', bytes: chunked('25\r\nThis is the data in the first chunk\r\n\r\n1C\r\nand this is the second one\r\n\r\n0\r\n\r\n') },
  { fact: 'chunks with spaces behind their sizes', bytes: chunked('4  \r\nabcd\r\n0  \r\n\r\n') },
  { fact: 'chunks with trailers', bytes: chunked('5\r\nhello\r\n6\r\n world\r\n0\r\nVary: *\r\nX-A: text/plain\r\n\r\n') },
  {
    fact: 'chunks with names of extensions',
    bytes: chunked('5;ilovew3;somuchlove=aretheseparametersfor\r\nhello\r\n6;blahblah;blah\r\n world\r\n0\r\n\r\n'),
  },
  {
    fact: 'chunks with quoted extensions',
    bytes: chunked('5;ilovew3="I love; extensions";somuchlove="x"\r\nhello\r\n6;blahblah\r\n world\r\n0\r\n\r\n'),
  },
  { fact: 'a quoted extension that does not end', bytes: chunked('5;a="unclosed\r\nhello\r\n0\r\n\r\n') },
  { fact: 'an extension with two values', bytes: chunked('5;a=b=c\r\nhello\r\n0\r\n\r\n') },
  { fact: 'extensions of nothing', bytes: chunked('5;;;\r\nhello\r\n0;\r\n\r\n') },
  { fact: 'an extension with a colon', bytes: chunked('5;a:b\r\nhello\r\n0\r\n\r\n') },
  { fact: 'a quoted pair in an extension', bytes: chunked('5;a="\\"b\\\\"\r\nhello\r\n0\r\n\r\n') },
  { fact: 'text behind a quoted extension', bytes: chunked('5;a="b"c\r\nhello\r\n0\r\n\r\n') },
  { fact: 'an extension beyond ASCII', bytes: chunked('5;a="\xe9"\r\nhello\r\n0\r\n\r\n') },
  { fact: 'a chunk of 1 KiB', bytes: chunked(`400\r\n${'x'.repeat(1_024)}\r\n0\r\n\r\n`) },
  { fact: 'an empty chunked body', bytes: chunked('0\r\n\r\n') },
  { fact: 'two last chunks', bytes: chunked('0\r\n\r\n0\r\n\r\n') },
  { fact: 'a size of -0', bytes: chunked('-0\r\n\r\n') },
  { fact: 'HTTP/1.0 that ends with the connection', bytes: 'HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nabc' },
  { fact: 'HTTP/1.0 with keep-alive and no length', bytes: 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n' },
  { fact: 'HTTP/1.0 204 with keep-alive', bytes: 'HTTP/1.0 204 No content\r\nConnection: keep-alive\r\n\r\n' },
  { fact: 'HTTP/1.1 204', bytes: 'HTTP/1.1 204 No content\r\n\r\n' },
  { fact: 'HTTP/1.1 204 with close', bytes: 'HTTP/1.1 204 No content\r\nConnection: close\r\n\r\n' },
  { fact: 'two answers', bytes: 'HTTP/1.1 200 No content\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno' },
  { fact: 'Upgrade without a switch', bytes: answer('Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 4\r\n', 'body') },
  {
    fact: 'Upgrade with chunks',
    bytes: answer('Connection: upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n', '2\r\nbo\r\n0\r\n\r\n'),
  },
  { fact: '304 with a length and no body', bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\nETag: "x"\r\n\r\n' },
  { fact: 'HEAD with chunked', bytes: chunked(''), method: 'HEAD' },
  { fact: 'HEAD with a length', bytes: answer('Content-Length: 100\r\n'), method: 'HEAD' },
  { fact: 'HEAD without either', bytes: answer('A: b\r\n'), method: 'HEAD' },
  { fact: 'POST', bytes: answer('Content-Length: 2\r\n', 'ok'), method: 'POST' },
  {
    fact: 'names like those that frame',
    bytes: answer(
      'Content-Length-X: 0\r\nX-Content-Length: 9\r\nTransfer-Encodings: x\r\nTransfer-Encodin: y\r\nContent-Length: 2\r\n',
      'ok',
    ),
  },
  {
    fact: 'values like those that frame',
    bytes: answer('X: Content-Length: 9\r\nY: Transfer-Encoding: chunked\r\nContent-Length: 2\r\n', 'ok'),
  },
  { fact: 'many empty values', bytes: answer(`${'A:\r\n'.repeat(50)}Content-Length: 2\r\n`, 'ok') },
  { fact: 'all characters of a token in a name', bytes: answer("!#$%&'*+-.^_`|~09azAZ: x\r\nContent-Length: 2\r\n", 'ok') },
  { fact: 'all bytes of a value', bytes: answer(`A: x\t${bytesFrom(0x20, 0x7f)}${bytesFrom(0x80, 0x100)}\r\nContent-Length: 2\r\n`, 'ok') },
  { fact: 'a tab in a value', bytes: answer('A: b\tc\r\nContent-Length: 2\r\n', 'ok') },
  { fact: 'a colon alone', bytes: answer(':\r\nContent-Length: 2\r\n', 'ok') },
  { fact: 'two colons', bytes: answer('A:: b\r\nContent-Length: 2\r\n', 'ok') },
  { fact: 'a comma in a name', bytes: answer('A,B: c\r\nContent-Length: 2\r\n', 'ok') },
  { fact: 'a semicolon in a name', bytes: answer('A;: c\r\nContent-Length: 2\r\n', 'ok') },
  { fact: 'an @ in a name', bytes: answer('A@: c\r\nContent-Length: 2\r\n', 'ok') },
  { fact: 'a quote in a name', bytes: answer('"A": c\r\nContent-Length: 2\r\n', 'ok') },
  { fact: 'DEL in a name', bytes: answer('A\x7f: c\r\nContent-Length: 2\r\n', 'ok') },
  { fact: 'two spaces after the status', bytes: 'HTTP/1.1 200  OK\r\nContent-Length: 2\r\n\r\nok' },
  { fact: 'a space before the CRLF of the status line', bytes: 'HTTP/1.1 200 OK \r\nContent-Length: 2\r\n\r\nok' },
  { fact: 'HTTP/1.1 and a tab', bytes: 'HTTP/1.1\t200 OK\r\n\r\n' },
  { fact: 'HTTP/01.1', bytes: 'HTTP/01.1 200 OK\r\n\r\n' },
  { fact: 'HTTP/1.', bytes: 'HTTP/1. 200 OK\r\n\r\n' },
  { fact: 'HTTP/1,1', bytes: 'HTTP/1,1 200 OK\r\n\r\n' },
  { fact: 'HTTPS/1.1', bytes: 'HTTPS/1.1 200 OK\r\n\r\n' },
  { fact: 'a request', bytes: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' },
  { fact: 'a status line that ends in the version', bytes: 'HTTP/1.10' },
  { fact: 'nothing', bytes: '' },
];
