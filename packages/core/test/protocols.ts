import { RecordingTrace, TestClock, testCertificate, TestServer, type SharedHandler } from '@roundtripper/testing';

import type { HttpRequestInit } from '../src/contract/http-request.ts';
import type { HttpResponse } from '../src/contract/http-response.ts';
import { Transport } from '../src/transport/transport.ts';
import type { TransportOptions } from '../src/transport/transport-options.ts';
import { send } from './exchanges.ts';

/** A protocol, and what a contract test may expect of it alone. */
export interface ProtocolUnderTest {
  readonly name: string;
  readonly proto: 'HTTP/1.1' | 'HTTP/2.0';
  readonly tls: boolean;
  /** Whether one connection carries many exchanges, and outlives one that failed. */
  readonly isShared: boolean;
}

/** What every contract test runs over. */
export const PROTOCOLS: readonly ProtocolUnderTest[] = [
  { name: 'HTTP/1.1', proto: 'HTTP/1.1', tls: false, isShared: false },
  { name: 'HTTP/2 over TLS', proto: 'HTTP/2.0', tls: true, isShared: true },
  { name: 'HTTP/2 by prior knowledge', proto: 'HTTP/2.0', tls: false, isShared: true },
];

/** How a bench is opened. */
export interface BenchOptions {
  /** Where no scripted answer is left. */
  readonly handler?: SharedHandler;
  readonly transport?: TransportOptions;
  /** One that others use too, and which outlives the bench. */
  readonly server?: TestServer | undefined;
}

/** A server of the protocol. */
export function serverOf({ isShared, tls }: ProtocolUnderTest, handler?: SharedHandler): Promise<TestServer> {
  return isShared ? TestServer.start({ protocol: 'h2', tls, handler }) : TestServer.start({ tls, handler });
}

/** A server and a Transport that speak one protocol to one another; the Transport's clock is moved by the test. */
export class ProtocolBench implements AsyncDisposable {
  readonly protocol: ProtocolUnderTest;
  readonly server: TestServer;
  readonly transport: Transport;
  readonly clock: TestClock;
  readonly recorder: RecordingTrace = new RecordingTrace();
  readonly #ownsServer: boolean;

  private constructor(protocol: ProtocolUnderTest, server: TestServer, options: BenchOptions) {
    this.protocol = protocol;
    this.server = server;
    this.#ownsServer = options.server === undefined;
    this.clock = new TestClock();
    const { isShared, tls } = protocol;
    const protocols = isShared && !tls ? { http1: false, unencryptedHttp2: true } : { http1: !isShared, http2: isShared };
    this.transport = new Transport({ clock: this.clock, tls: { ca: testCertificate.ca }, protocols, ...options.transport });
  }

  static async open(protocol: ProtocolUnderTest, options: BenchOptions = {}): Promise<ProtocolBench> {
    return new ProtocolBench(protocol, options.server ?? (await serverOf(protocol, options.handler)), options);
  }

  get url(): string {
    return this.server.url;
  }

  /** One round trip. Its events are recorded, with those of all the others. */
  send(init: HttpRequestInit = {}, path = '/'): Promise<HttpResponse> {
    const response = send(this.transport, `${this.url}${path}`, { trace: this.recorder.trace, ...init });
    // A test that awaits it hears of its failure; one that does not has looked elsewhere.
    response.catch(() => {});
    return response;
  }

  /** One round trip, and its answer read. */
  async fetchText(init: HttpRequestInit = {}, path = '/'): Promise<string> {
    const response = await this.send(init, path);
    return response.text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport.close({ graceful: false });
    if (this.#ownsServer) await this.server[Symbol.asyncDispose]();
  }
}
