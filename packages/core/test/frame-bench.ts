import { FramePeer, RecordingTrace, TestClock, type FrameConversation, type SettingName } from '@roundtripper/testing';

import type { HttpRequestInit } from '../src/contract/http-request.ts';
import type { HttpResponse } from '../src/contract/http-response.ts';
import { Transport } from '../src/transport/transport.ts';
import type { TransportOptions } from '../src/transport/transport-options.ts';
import { send, until } from './exchanges.ts';

/** A request that its server has seen. */
export interface BegunExchange {
  readonly response: Promise<HttpResponse>;
  readonly streamId: number;
}

/** A Transport that speaks HTTP/2 by prior knowledge, on a clock that the test moves, and its server, whose frames the test writes. */
export class FrameBench implements AsyncDisposable {
  readonly clock: TestClock;
  readonly recorder: RecordingTrace = new RecordingTrace();
  readonly transport: Transport;
  readonly peer: FramePeer;

  private constructor(peer: FramePeer, clock: TestClock, options: TransportOptions) {
    this.peer = peer;
    this.clock = clock;
    this.transport = new Transport({ clock, protocols: { http1: false, unencryptedHttp2: true }, ...options });
  }

  static async open(options: TransportOptions = {}): Promise<FrameBench> {
    return new FrameBench(await FramePeer.listen(), new TestClock(), options);
  }

  /** One round trip. Its events are recorded, with those of all the others. */
  send(init: HttpRequestInit = {}, path = '/'): Promise<HttpResponse> {
    const response = send(this.transport, `${this.peer.url}${path}`, { trace: this.recorder.trace, ...init });
    // A test that awaits it hears of its failure; one that does not has looked elsewhere.
    response.catch(() => {});
    return response;
  }

  /** The next connection, its beginning done. */
  async accept(settings: Readonly<Partial<Record<SettingName, number>>> = {}): Promise<FrameConversation> {
    const server = await this.peer.connection();
    await server.handshake(settings);
    return server;
  }

  /** A round trip on a connection that is open. Resolves when the server has its head. */
  async begin(server: FrameConversation, init: HttpRequestInit = {}): Promise<BegunExchange> {
    const response = this.send(init);
    const { streamId } = await server.next('HEADERS');
    return { response, streamId };
  }

  /** A connection, and the first request on it. */
  async connect(
    init: HttpRequestInit = {},
    settings: Readonly<Partial<Record<SettingName, number>>> = {},
  ): Promise<BegunExchange & { readonly server: FrameConversation }> {
    const response = this.send(init);
    const server = await this.accept(settings);
    const { streamId } = await server.next('HEADERS');
    return { response, streamId, server };
  }

  /** A connection that has carried an exchange. Its next stream is 3. */
  async warm(settings: Readonly<Partial<Record<SettingName, number>>> = {}): Promise<FrameConversation> {
    const { server, streamId, response } = await this.connect({}, settings);
    await answer(server, streamId);
    await (await response).text();
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport.close({ graceful: false });
    await this.peer[Symbol.asyncDispose]();
    // A connection that has said why it ends waits for a moment, until its peer has left.
    let turns = 0;
    await until(() => this.clock.pendingTimers === 0 || ++turns === MOST_TURNS);
    if (turns === MOST_TURNS) throw new Error(`${this.clock.pendingTimers} timers outlive their Transport`);
  }
}

const MOST_TURNS = 1_000;

/** A whole answer of 200. */
export async function answer(server: FrameConversation, streamId: number, body = 'ok'): Promise<void> {
  void server.headers(streamId, { ':status': '200' });
  await server.data(streamId, body, { endStream: true });
}
