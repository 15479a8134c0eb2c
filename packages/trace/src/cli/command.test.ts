import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';

import { BytePeer, TestServer, type SharedHandler } from '@roundtripper/testing';
import { afterAll, expect, test } from 'vitest';

import { FakeTerminal } from '../../test/fake-terminal.ts';
import { checkedHar } from '../../test/har-schema.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { runCommand } from './command.ts';
import { parseJsonReport } from '../../test/json-report.ts';

const folder = await temporaryFolder();
afterAll(() => folder[Symbol.asyncDispose]());

/** What the command does in this process, over real sockets. */
async function commanded(
  args: readonly string[],
  terminal: FakeTerminal = new FakeTerminal(),
): Promise<{ code: number; out: string; err: string }> {
  const code = await runCommand(args, terminal);
  return { code, out: terminal.out, err: terminal.err };
}

const protocols = [
  { name: 'HTTP/1.1', proto: 'HTTP/1.1', args: [], start: (handler: SharedHandler) => TestServer.start({ handler }) },
  {
    name: 'HTTP/2 by prior knowledge',
    proto: 'HTTP/2.0',
    args: ['--http2'],
    start: (handler: SharedHandler) => TestServer.start({ protocol: 'h2', handler }),
  },
  {
    name: 'HTTP/1.1 over TLS',
    proto: 'HTTP/1.1',
    args: ['-k', '--http1.1'],
    start: (handler: SharedHandler) => TestServer.start({ protocol: 'either', tls: true, handler }),
  },
  {
    name: 'HTTP/2 over TLS',
    proto: 'HTTP/2.0',
    args: ['-k'],
    start: (handler: SharedHandler) => TestServer.start({ protocol: 'either', tls: true, handler }),
  },
];

const answer: SharedHandler = (_request, response) => {
  response.setHeader('content-type', 'text/plain');
  response.setHeader('set-cookie', 'sid=verysecret');
  response.end('x'.repeat(1_000));
};

test.for(protocols)('one request: $name', async ({ proto, args, start }) => {
  await using server = await start(answer);
  const { code, out, err } = await commanded([`${server.url}/a?token=hidden`, ...args]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain(`GET ${server.url}/a?token=REDACTED\n`);
  expect(out).toContain(`status      200 · ${proto} · body of 1000 B\n`);
  expect(out).toContain(`connection  new · 127.0.0.1:${server.port} · from 127.0.0.1:`);
  expect(out).toMatch(/content-type: text\/plain/i);
  expect(out.includes('tls         TLSv1.3')).toBe(server.url.startsWith('https'));
  expect(out.includes('TLS handshake')).toBe(server.url.startsWith('https'));
  for (const phase of ['TCP connection', 'Request sent', 'Server processing', 'Total']) expect(out).toContain(phase);
  for (const unwanted of ['verysecret', 'hidden', '\x1B']) expect(out).not.toContain(unwanted);
});

test.for(protocols)('many requests as JSON, with a HAR and a page: $name', async ({ proto, args, start }) => {
  await using server = await start(answer);
  const [har, html] = [folder.path('many.har'), folder.path('many.html')];
  const { code, out, err } = await commanded([server.url, '-n', '40', '-c', '5', '--json', '--har', har, '--html', html, ...args]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const report = parseJsonReport(out);
  expect(report).toMatchObject({
    version: 1,
    tool: { name: '@roundtripper/trace' },
    exitCode: 0,
    request: { method: 'GET', url: `${server.url}/`, requests: 40, concurrency: 5, timeoutMs: 30_000, keepAlive: true },
    counts: { answered: 40, failed: 0, interrupted: 0, bodyBytes: 40_000 },
    statuses: { 200: 40 },
    protocols: { [proto]: 40 },
    addresses: { [`127.0.0.1:${server.port}`]: 40 },
    failures: [],
    reuse: { exchanges: 40, connectionsClosed: 0 },
    har: { file: har, requests: 40, missing: 0 },
    html: { file: html, requests: 40, missing: 0 },
  });
  expect(report).not.toHaveProperty('exchange');
  const { latencyMs, phasesMs } = report;
  expect(latencyMs?.count).toBe(40);
  const sum = Object.values(phasesMs).reduce((total, phase) => total + phase.count * phase.mean, 0);
  expect(sum).toBeCloseTo(40 * (latencyMs?.mean ?? 0), 6);
  expect(server.requests).toHaveLength(40);
  expect(checkedHar(await readFile(har, 'utf8')).log.entries).toHaveLength(40);
  const page = await readFile(html, 'utf8');
  expect(page).toContain('<!doctype html>');
  expect(page.length).toBeGreaterThan(10_000);
});

test('one request as JSON has all that there is', async () => {
  await using server = await TestServer.start();
  server.enqueue({ status: 404, headers: { 'Server-Timing': 'db;dur=5', 'X-Api-Key': 'verysecret' }, body: 'gone' });
  const { code, out } = await commanded([server.url, '--json']);
  const { exchange } = parseJsonReport(out);
  expect(code).toBe(0);
  expect(exchange).toMatchObject({ status: 404, protocol: 'HTTP/1.1', attempts: ['first'], bodyBytes: 4 });
  expect(exchange?.serverTiming).toEqual([{ name: 'db', duration: 5, description: '' }]);
  expect(exchange?.headers).toContainEqual({ name: 'X-Api-Key', value: 'REDACTED' });
  expect(exchange?.timings).toMatchObject({ numConnects: 1, numRetries: 0, reused: false });
  const last = exchange?.phases.at(-1);
  expect(last?.endMs).toBe(exchange?.timings.timeTotal);
});

test('--fail has bad statuses make the exit code', async () => {
  await using server = await TestServer.start();
  server.enqueue({ status: 503 });
  expect(await commanded([server.url, '-n', '3', '-f', '-q'])).toEqual({ code: 22, out: '', err: '' });
});

test('sends the method, fields and body that it is given', async () => {
  await using server = await TestServer.start();
  const file = folder.path('body.bin');
  await writeFile(file, new Uint8Array([0, 255, 1]));
  const withUserinfo = server.url.replace('//', '//me:p%40ss@');
  await commanded([withUserinfo, '-d', 'a=b', '-H', 'Content-Type: text/plain', '-H', 'User-Agent:', '-q']);
  await commanded([server.url, '-X', 'put', '-d', `@${file}`, '-H', 'X-One: 1', '-H', 'X-One: 2', '-q']);
  const [posted, put] = server.requests;
  const fieldsOf = (name: string, request = posted): readonly string[] =>
    (request?.headers ?? []).filter(([field]) => field.toLowerCase() === name).map(([, value]) => value);
  expect([posted?.method, posted?.body.toString()]).toEqual(['POST', 'a=b']);
  expect(fieldsOf('content-type')).toEqual(['text/plain']);
  expect(fieldsOf('authorization')).toEqual([`Basic ${Buffer.from('me:p@ss').toString('base64')}`]);
  expect(fieldsOf('user-agent')).not.toContainEqual(expect.stringContaining('trace'));
  expect([put?.method, [...(put?.body ?? [])]]).toEqual(['PUT', [0, 255, 1]]);
  expect(fieldsOf('content-type', put)).toEqual(['application/x-www-form-urlencoded']);
  expect(fieldsOf('x-one', put)).toEqual(['1', '2']);
  expect(fieldsOf('user-agent', put)).toEqual([expect.stringMatching(/^roundtripper-trace\/\d/)]);
});

test('connects to a Unix domain socket', async () => {
  const path = folder.path('server.sock');
  const server = createServer((_request, response) => response.end('ok'));
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  const { code, out } = await commanded(['http://app.internal/', '--unix', path]);
  await new Promise((resolve) => void server.close(resolve));
  expect(code).toBe(0);
  expect(out).toContain(`connection  new · ${path}`);
  expect(out).toMatch(/^ {2}Connection {2}/m);
});

test('without keep-alive each request has a connection, and a warning says why', async () => {
  await using server = await TestServer.start();
  const { code, out } = await commanded([server.url, '-n', '12', '--no-keepalive']);
  expect(code).toBe(0);
  expect(server.connectionsOpened).toBe(12);
  expect(out).toContain('protocol    HTTP/1.1 · no keep-alive\n');
  expect(out).toMatch(/keep-alives-disabled +12/);
  expect(out).toContain('! 12 connections closed because disableKeepAlives is set');
});

test('a proxy is asked, and shown without its password', async () => {
  await using proxy = await TestServer.start();
  const url = proxy.url.replace('//', '//me:verysecret@');
  const { code, out, err } = await commanded(['http://app.invalid/', '--proxy', url]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(proxy.requests[0]?.url).toBe('http://app.invalid/');
  expect(out).toContain(`proxy       ${proxy.url}\n`);
  const json = await commanded(['http://app.invalid/', '--proxy', url, '--json']);
  expect(parseJsonReport(json.out).request.proxy).toBe(proxy.url);
  expect(out + json.out).not.toContain('verysecret');
});

test.for([
  {
    fact: 'a dead port',
    args: ['http://127.0.0.1:1/'],
    err: 'dial-failed: http://127.0.0.1:1: connecting failed: connect ECONNREFUSED 127.0.0.1:1 (connect)',
  },
  {
    fact: 'a name that is none',
    args: ['http://nobody.invalid/'],
    err: 'dns-failed: http://nobody.invalid: resolving the name failed: getaddrinfo ENOTFOUND nobody.invalid (dns)',
  },
  {
    fact: 'a dead port many times',
    args: ['http://127.0.0.1:1/', '-n', '5'],
    err: '5 × dial-failed: http://127.0.0.1:1: connecting failed: connect ECONNREFUSED 127.0.0.1:1 (connect)',
  },
])('$fact is one line, and 1', async ({ args, err }) => {
  const result = await commanded(args);
  expect(result).toMatchObject({ code: 1, err: `roundtripper-trace: ${err}\n` });
  expect(result.out).toContain('failed');
});

test('a certificate that nobody vouches for is one line, and 1', async () => {
  await using server = await TestServer.start({ tls: true });
  const { code, err } = await commanded([server.url, '-q']);
  expect(code).toBe(1);
  expect(err).toMatch(/^roundtripper-trace: tls-failed: .+ \(tls\)\n$/);
});

test.for([
  { fault: 'truncate-body', err: /^roundtripper-trace: truncated: .+ \(response-body\)\n$/ },
  { fault: 'garbage', err: /^roundtripper-trace: malformed-response: .+ \(response-head\)\n$/ },
  { fault: 'close-before-response', err: /^roundtripper-trace: connection-closed: .+ \(response-head\)\n$/ },
] as const)('$fault is one line, and 1', async ({ fault, err }) => {
  await using server = await TestServer.start();
  server.enqueue({ body: 'x'.repeat(100), fault });
  const result = await commanded([server.url, '--json']);
  expect(result.code).toBe(1);
  expect(result.err).toMatch(err);
  expect(parseJsonReport(result.out)).toMatchObject({ exitCode: 1, counts: { answered: 0, failed: 1 }, failures: [{ count: 1 }] });
});

test.for([
  { fault: 'never-answer', phase: 'response-head' },
  { fault: 'stall-body', phase: 'response-body' },
] as const)('a request that takes too long says in which phase: $phase', async ({ fault, phase }) => {
  await using server = await TestServer.start();
  server.enqueue({ body: 'x'.repeat(100), fault });
  const { code, err } = await commanded([server.url, '--timeout', '100']);
  expect({ code, err }).toEqual({ code: 1, err: `roundtripper-trace: timeout: not over after 100 ms (--timeout) (${phase})\n` });
});

test('an answer cannot write to the terminal what it likes', async () => {
  await using peer = await BytePeer.listen(async (conversation) => {
    await conversation.readHead();
    await conversation.write(Buffer.from('HTTP/1.1 200 OK\r\nServer: a\x9B31mred\r\nContent-Length: 0\r\n\r\n', 'latin1'));
    await conversation.closed;
  });
  const { out } = await commanded([peer.url, '-i']);
  expect(out).toContain('Server: a\\u{9b}31mred');
  const json = await commanded([peer.url, '--json']);
  expect(json.out).toContain('"a\\u009b31mred"');
  expect(parseJsonReport(json.out).exchange?.headers[0]).toEqual({ name: 'Server', value: 'a\x9B31mred' });
});

test('stopped, it reports what there was', async () => {
  const terminal = new FakeTerminal({ isTTY: true });
  let answered = 0;
  const handler: SharedHandler = (_request, response) => {
    answered += 1;
    if (answered > 20) terminal.stop('SIGINT');
    else response.end('ok');
  };
  await using server = await TestServer.start({ handler });
  const har = folder.path('stopped.har');
  const { code, out, err } = await commanded([server.url, '-n', '1000', '--har', har], terminal);
  expect(code).toBe(130);
  expect(out).toContain('20 of 1 000 answered · 1 cut off');
  expect(out).toContain('stopped by SIGINT');
  // The progress, gone before the report; and no failure.
  expect(err.endsWith('\r\x1B[2K')).toBe(true);
  expect(err).not.toContain('roundtripper-trace:');
  expect(checkedHar(await readFile(har, 'utf8')).log.entries).toHaveLength(21);
});

test('a terminal has colours, and progress for many', async () => {
  await using server = await TestServer.start();
  const terminal = new FakeTerminal({ isTTY: true });
  expect((await commanded([server.url], terminal)).err).toBe('');
  expect(terminal.out).toContain('\x1B[32m200\x1B[0m');
  const quiet = await commanded([server.url, '-n', '3', '-q'], new FakeTerminal({ isTTY: true }));
  expect(quiet).toEqual({ code: 0, out: '', err: '' });
});

test.for([
  { fact: 'no URL', args: [], err: 'expected a URL' },
  { fact: 'another scheme', args: ['ftp://example.com/'], err: 'unsupported protocol scheme "ftp": expected http or https' },
  { fact: 'no URL at all', args: ['http://u:verysecret@['], err: 'invalid URL "…@[": expected an absolute http: or https: URL' },
  { fact: 'a bad method', args: ['http://a', '-X', 'GE T'], err: 'invalid method "GE T": expected a token (RFC 9110 §9.1)' },
  { fact: 'CONNECT', args: ['http://a', '-X', 'CONNECT'], err: '-X CONNECT: opens a tunnel, and has no answer to be timed' },
  { fact: 'a bad field name', args: ['http://a', '-H', 'a b: c'], err: 'invalid header name "a b": expected a token (RFC 9110 §5.6.2)' },
  {
    fact: 'a bad field value',
    args: ['http://a', '-H', 'a: very\nsecret'],
    err: 'invalid value of header "a": expected visible ASCII, spaces, tabs or U+0080–U+00FF, but character 5 is U+000A',
  },
  {
    fact: 'no such proxy',
    args: ['http://a', '--proxy', 'ftp://x'],
    err: '--proxy: unsupported proxy scheme "ftp": expected http, https, socks5 or socks5h',
  },
  { fact: 'a socket path that is too long', args: ['http://a', '--unix', 'x'.repeat(200)], err: '--unix: expected at most 107 bytes' },
  { fact: 'a length that is not that of the body', args: ['http://127.0.0.1:1', '-d', 'abc', '-H', 'Content-Length: 5'] },
  { fact: 'a body that is not there', args: ['http://a', '-d', '@/nowhere'], err: '-d: the file cannot be read: ENOENT' },
  { fact: 'a body without an end', args: ['http://a', '-d', '@/dev/zero'], err: '-d: the file has more than 67108864 bytes' },
  { fact: 'an option that there is not', args: ['http://a', '--nope'], err: "Unknown option '--nope'" },
  { fact: 'a bad proxy in the environment', args: ['http://a'], env: { HTTP_PROXY: 'ftp://x' } },
])('$fact: nothing is sent, one line and a hint, and 2', async ({ args, err, env = {} }) => {
  const result = await commanded(args, new FakeTerminal({ env }));
  expect(result).toMatchObject({ code: 2, out: '' });
  const [line = '', hint, ...more] = result.err.split('\n');
  expect(line).toMatch(/^roundtripper-trace: /);
  if (err !== undefined) expect(line).toBe(`roundtripper-trace: ${err}`);
  expect(hint).toBe("Try 'npx @roundtripper/trace --help'.");
  expect(more).toEqual(['']);
  expect(result.err).not.toMatch(/verysecret|very\n|at .+:\d+:\d+/);
});

test.for(['--har', '--html'])('a file of %s that cannot be opened is told before anything is sent: 3', async (option) => {
  await using server = await TestServer.start();
  const path = folder.path('not/there');
  const result = await commanded([server.url, option, path]);
  expect(result).toEqual({ code: 3, out: '', err: `roundtripper-trace: ${option}: ${path} cannot be written: ENOENT\n` });
  expect(server.requests).toHaveLength(0);
});

test.for(['--har', '--html'])('a disk that is full costs the file of %s, and not the report: 3', async (option) => {
  await using server = await TestServer.start();
  const result = await commanded([server.url, option, '/dev/full']);
  expect(result).toMatchObject({ code: 3, err: `roundtripper-trace: ${option}: /dev/full cannot be written: ENOSPC\n` });
  expect(result.out).toContain('status      200');
});

test('a reader that has gone is no error; a report that cannot be written is: 3', async () => {
  await using server = await TestServer.start();
  const gone = await commanded([server.url], new FakeTerminal({ outError: Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }) }));
  expect(gone).toEqual({ code: 0, out: '', err: '' });
  const full = await commanded([server.url], new FakeTerminal({ outError: Object.assign(new Error('no space'), { code: 'ENOSPC' }) }));
  expect(full).toEqual({ code: 3, out: '', err: 'roundtripper-trace: the report cannot be written: ENOSPC\n' });
});

test('help and version', async () => {
  const help = await commanded(['--help']);
  expect(help).toMatchObject({ code: 0, err: '' });
  expect(help.out).toMatch(/^Usage: npx @roundtripper\/trace <url>/);
  const version = await commanded(['--version']);
  expect(version.code).toBe(0);
  expect(version.out).toMatch(/^\d+\.\d+\.\d+\n$/);
});
