import type { BenchClient, Target } from '../client.ts';

/** An HTTP/2 client as the benchmark sees it. All its requests to one origin share one connection, which it keeps. */
export interface Http2Client extends Pick<BenchClient, 'get' | 'upload' | 'close'> {
  /** As `get`, from this URL, whose origin may be another one. */
  getFrom(url: string): Promise<void>;
  /** A GET that has the head of its answer when this resolves; nobody reads the body. @returns what keeps the answer. */
  open(): Promise<unknown>;
}

/** Makes a client. It may connect when it is first asked for something. */
export type OpenHttp2Client = (target: Target) => Http2Client;
