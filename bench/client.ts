import type { Job } from './messages.ts';

/** What a client is measured against. */
export interface Target extends Pick<Job, 'url' | 'concurrency' | 'bodyBytes'> {
  /** To be called with every answer that is read as text. @throws Error when it is not what the server sends. */
  readonly check: (status: number, text: string) => void;
}

/** Takes a chunk of a body. Where it returns a promise, nothing more is to be read before that is settled. */
export type TakeChunk = (chunkBytes: number) => Promise<void> | undefined;

/** An HTTP client as the benchmark sees it. It keeps its connections from one request to the next. */
export interface BenchClient {
  /** The body of the answer as text, checked. */
  get(): Promise<void>;
  /** A POST of JSON; the answer as text, checked. */
  post(json: string): Promise<void>;
  /** A POST of {@link Target.bodyBytes} that come in chunks, with their number in `Content-Length` where the client can say it; the answer as text, checked. */
  upload(chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** The body of the answer chunk by chunk, the fastest way that the client has for it. @returns the status. */
  download(take: TakeChunk): Promise<number>;
  close(): Promise<void>;
}

/** Makes a client. It may connect when it is first asked for something. */
export type OpenClient = (target: Target) => BenchClient;

/** The check of {@link Target}, for an answer of so many ASCII characters. */
export function checkFor(answerBytes: number): Target['check'] {
  return (status, text) => checkAnswer(status, text.length, answerBytes);
}

/** @throws Error when it is not what was expected. */
export function checkAnswer(status: number, length: number, expected: number): void {
  if (status === 200 && length === expected) return;
  throw new Error(`wrong answer: status ${status} with ${length} bytes, expected 200 with ${expected}`);
}
