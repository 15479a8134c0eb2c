import type { Delay, Fault, ScriptedResponse } from './scripted-response.ts';
import type { SharedResponse } from './server/handler.ts';
import type { ServerExchange } from './server/listener.ts';

/** What playing an answer may do besides writing it. */
export interface Stage {
  /** Resolves when the delay is over; never, once the server is closed. */
  wait(delay: Delay | undefined): Promise<void>;
  /** Ends the exchange's connection: FIN, RST. */
  close(): void;
  reset(): void;
  /** Ends the connection when it has been idle for so many milliseconds. */
  closeWhenIdle(afterMs: number): void;
}

/** Sends a scripted answer, with its fault. */
export async function playResponse(script: ScriptedResponse, exchange: ServerExchange, stage: Stage): Promise<void> {
  await stage.wait(script.headDelay);
  const { fault } = script;
  if (isKind(fault, 'go-away') && !exchange.goAway(fault.code ?? 'NO_ERROR', fault.lastStreamId)) return;
  if (isKind(fault, 'reset-stream') && fault.at === 'start') return exchange.resetStream(fault.code);
  switch (fault) {
    case 'never-answer':
      return;
    case 'close-before-response':
      return stage.close();
    case 'reset-before-response':
      return stage.reset();
    case 'garbage':
      await exchange.writeRaw(GARBAGE);
      return stage.close();
    default:
      await sendResponse(script, exchange, stage);
  }
}

/** Printable and not: neither a status line nor a frame, or the beginning of one. */
const GARBAGE = Buffer.from('\u0000\u00ff\u0016not HTTP\r\n\r\n', 'latin1');

async function sendResponse(script: ScriptedResponse, exchange: ServerExchange, stage: Stage): Promise<void> {
  const { fault } = script;
  const { response } = exchange;
  const isCutShort = fault === 'truncate-body' || fault === 'reset-body' || fault === 'stall-body' || isKind(fault, 'reset-stream');
  writeHead(script, exchange, isCutShort);
  await stage.wait(script.bodyDelay);
  for (const chunk of chunksOf(script.body)) await write(response, chunk);
  if (isKind(fault, 'reset-stream')) return exchange.resetStream(fault.code);
  if (!isCutShort) await exchange.end();
  if (fault !== undefined) afterwards(fault, stage);
}

function afterwards(fault: Fault, stage: Stage): void {
  if (isKind(fault, 'close-idle')) return stage.closeWhenIdle(fault.after);
  if (fault === 'truncate-body' || fault === 'close-after-response') stage.close();
  if (fault === 'reset-body' || fault === 'reset-after-response') stage.reset();
}

function writeHead(script: ScriptedResponse, exchange: ServerExchange, isCutShort: boolean): void {
  const { response } = exchange;
  response.statusCode = script.status ?? 200;
  if (script.statusText !== undefined) exchange.nameStatus(script.statusText);
  for (const [name, value] of Object.entries(script.headers ?? {})) response.setHeader(name, value);
  const isInParts = script.trailers !== undefined || Array.isArray(script.body);
  if (!isInParts && mayDeclareLength(response)) {
    const bytes = chunksOf(script.body).reduce((sum, chunk) => sum + Buffer.byteLength(chunk), 0);
    // One more than there will be is the least that shows.
    response.setHeader('Content-Length', isCutShort ? bytes + 1 : bytes);
  }
  if (script.trailers !== undefined) {
    response.setHeader('Trailer', Object.keys(script.trailers).join(', '));
    response.addTrailers(script.trailers);
  }
  exchange.flushHead();
}

/** Not what the script declared itself; and RFC 9110 §8.6 has none with 204. */
function mayDeclareLength(response: SharedResponse): boolean {
  if (response.hasHeader('content-length') || response.hasHeader('transfer-encoding')) return false;
  return response.statusCode !== 204 && response.statusCode !== 304;
}

function chunksOf(body: ScriptedResponse['body']): readonly (string | Uint8Array)[] {
  if (body === undefined) return [];
  return typeof body === 'string' || body instanceof Uint8Array ? [body] : body;
}

/** Resolves when the system has the chunk, or the connection is gone. */
function write(response: SharedResponse, chunk: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.write(chunk, () => resolve());
  });
}

function isKind<Kind extends string>(fault: Fault | undefined, kind: Kind): fault is Extract<Fault, { readonly kind: Kind }> {
  return typeof fault === 'object' && fault.kind === kind;
}
