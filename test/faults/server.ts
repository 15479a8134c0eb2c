/**
 * The server's process: `server.ts <scenario> <seed> <requests>`. It prints its port, and keeps a journal of what it has seen and done, which it prints when its
 * standard input ends. On node:http, whose reading of requests is not ours.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { FineTimer } from './fine-timer.ts';
import { answerText, plannedAnswer, plannedRequest, SCENARIOS, type PlannedAnswer } from './plan.ts';

const [scenarioName = '', seedText = '', requestsText = ''] = process.argv.slice(2);
const scenario = SCENARIOS.find((each) => each === scenarioName) ?? 'mix';
const seed = Number(seedText);
const requests = Number(requestsText);

const timer = new FineTimer();
/** How often the head of each request was seen, and how often the whole. */
const seen = new Uint8Array(requests);
const executed = new Uint8Array(requests);
/** For how long a server reads on after an early answer. */
const LINGER_MS = 100;
const REQUEST_TIMEOUT = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/** The request that each connection brought last: a server that closes what is idle lets be what has brought another since. */
const latest = new WeakMap<Socket, IncomingMessage>();

const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, serve);
server.on('connection', (socket) => socket.setNoDelay(true));
server.on('clientError', (_error, socket) => socket.destroy());
server.listen(0, '127.0.0.1', 4_096, () => {
  const address = server.address();
  console.log(JSON.stringify({ port: typeof address === 'object' ? address?.port : undefined }));
});

process.stdin.resume().on('end', () => {
  console.log(JSON.stringify({ seen: base64(seen), executed: base64(executed) }));
  process.exit(0);
});

function serve(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  latest.set(socket, request);
  // A client that gives up is no concern of ours.
  request.on('error', () => {});
  const id = Number(request.url?.slice(1));
  const plan = plannedAnswer(scenario, seed, id, seen[id] ?? 0);
  seen[id] = (seen[id] ?? 0) + 1;
  const { bodyBytes } = plannedRequest(seed, id);
  if (plan.fate === 'close-at-head') cut(socket, plan);
  else if (plan.fate === 'early-413' && bodyBytes > 0) answerEarly(request, plan);
  else if (plan.fate === 'close-in-body') request.once('data', () => cut(socket, plan)).once('end', () => cut(socket, plan));
  else whenRead(request, bodyBytes, () => execute(id, plan, response));
}

/** Calls back once the whole of the body has come, and the right one. */
function whenRead(request: IncomingMessage, bodyBytes: number, then: () => void): void {
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  request.on('end', () => {
    if (bytes !== bodyBytes) throw new Error(`the body of ${request.url} has ${bytes} bytes, not ${bodyBytes}`);
    then();
  });
}

function execute(id: number, plan: PlannedAnswer, response: ServerResponse): void {
  executed[id] = (executed[id] ?? 0) + 1;
  const { socket } = response.req;
  const text = answerText(seed, id);
  const head = `HTTP/1.1 200 OK\r\n${plan.isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${text.length}`}\r\n\r\n`;
  const body = plan.isChunked ? `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n` : text;
  switch (plan.fate) {
    case 'close-unanswered':
      cut(socket, plan);
      break;
    case 'close-in-head':
      say(socket, head.slice(0, 20 + cutBytes(plan)), plan);
      break;
    case 'close-in-answer':
      say(socket, head + body.slice(0, -1 - cutBytes(plan)), plan);
      break;
    case 'garbage':
      say(socket, '\x16\x03\x01 this is no HTTP\r\n\r\n', plan);
      break;
    default:
      answer(response, text, plan);
  }
}

function answer(response: ServerResponse, text: string, plan: PlannedAnswer): void {
  const { socket } = response.req;
  if (plan.fate === 'answer-and-say-close') response.setHeader('connection', 'close');
  if (!plan.isChunked) response.setHeader('content-length', text.length);
  response.write(text);
  response.end(() => {
    if (plan.fate === 'answer-then-close-unread') socket.pause();
    // What a reset finds on its way is lost with it.
    const isReset = plan.isReset && text.length < 4_096;
    if (plan.fate.startsWith('answer-then')) timer.after(plan.pauseMs, () => closeIdle(response.req, { ...plan, isReset }));
  });
}

function closeIdle(request: IncomingMessage, plan: PlannedAnswer): void {
  const { socket } = request;
  const isUnread = plan.fate === 'answer-then-close-unread';
  if (latest.get(socket) !== request && !isUnread) return;
  if (plan.fate === 'answer-then-408') say(socket, REQUEST_TIMEOUT, plan);
  else cut(socket, plan);
}

/** The answer comes before the request does. One that lingers reads on for a while, so that nothing of the answer is lost; the other does not. */
function answerEarly(request: IncomingMessage, plan: PlannedAnswer): void {
  request.socket.write('HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  if (plan.isReset) timer.after(plan.pauseMs, () => cut(request.socket, plan));
  else {
    request.resume();
    request.socket.end();
    setTimeout(() => cut(request.socket, plan), LINGER_MS);
  }
}

function say(socket: Socket, text: string, plan: PlannedAnswer): void {
  socket.write(text, 'latin1', () => cut(socket, plan));
}

function cut(socket: Socket, plan: PlannedAnswer): void {
  if (plan.isReset) socket.resetAndDestroy();
  else socket.destroy();
}

/** How much more or less is said before the end. */
function cutBytes({ pauseMs }: PlannedAnswer): number {
  return Math.floor(pauseMs * 4);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
