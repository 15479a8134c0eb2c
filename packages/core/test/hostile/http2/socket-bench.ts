import {
  FramePeer,
  RecordingTrace,
  testCertificate,
  type FrameConversation,
  type FramePeerOptions,
  type FrameScript,
} from '@roundtripper/testing';

import type { HttpRequestInit } from '../../../src/contract/http-request.ts';
import type { HttpResponse } from '../../../src/contract/http-response.ts';
import { Transport } from '../../../src/transport/transport.ts';
import type { TransportOptions } from '../../../src/transport/transport-options.ts';
import { send } from '../../exchanges.ts';
import { answerOn, HELLO } from './engine-bench.ts';

/** A peer that says what the test says, and a Transport that speaks HTTP/2 to it over a socket. */
export class SocketBench implements AsyncDisposable {
  readonly peer: FramePeer;
  readonly transport: Transport;
  readonly recorder: RecordingTrace = new RecordingTrace();
  readonly url: string;

  private constructor(peer: FramePeer, tls: boolean, options: TransportOptions) {
    this.peer = peer;
    this.url = tls ? peer.url.replace('127.0.0.1', 'localhost') : peer.url;
    const windows = { maxReceiveBufferPerConnection: 65_535, maxReceiveBufferPerStream: 65_535 };
    const protocols = { http1: false, unencryptedHttp2: !tls };
    this.transport = new Transport({ protocols, http2: windows, tls: { ca: testCertificate.ca }, ...options });
  }

  /** @param peer How it listens, and what it says where the test does not say it. */
  static async open(peer: FramePeerOptions & { readonly script?: FrameScript } = {}, options: TransportOptions = {}): Promise<SocketBench> {
    const { script = (): void => {}, ...listening } = peer;
    return new SocketBench(await FramePeer.listen(script, listening), listening.tls === true, options);
  }

  /** Its failure is for who awaits it. */
  send(path: string, init: HttpRequestInit = {}): Promise<HttpResponse> {
    const response = send(this.transport, `${this.url}${path}`, { trace: this.recorder.trace, ...init });
    response.catch(() => {});
    return response;
  }

  /** A request, on a connection that is open or on the next. @returns its answer, read. */
  async exchange(path: string, open?: FrameConversation): Promise<string> {
    const response = this.send(path);
    const server = open ?? (await this.peer.connection());
    if (open === undefined) void server.raw(HELLO);
    const { streamId } = await server.next('HEADERS');
    void server.raw(answerOn(streamId));
    return (await response).text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport.close({ graceful: false });
    await this.peer[Symbol.asyncDispose]();
  }
}
