import { RecordingTrace, TestClock } from '@roundtripper/testing';

import type { Lease } from '../src/contract/connection.ts';
import { HttpRequest, type HttpRequestInit } from '../src/contract/http-request.ts';
import type { HttpResponse } from '../src/contract/http-response.ts';
import { Http1Connection } from '../src/h1/connection.ts';
import type { Http1Options } from '../src/h1/http1-options.ts';
import { engineOptions } from './engine-options.ts';
import { FakeWire } from './fake-wire.ts';

/** A connection on a wire worked by hand, on a clock that the test moves. */
export class ExchangeBench {
  readonly wire: FakeWire = new FakeWire();
  readonly clock: TestClock = new TestClock();
  readonly recorder: RecordingTrace = new RecordingTrace();
  readonly connection: Http1Connection;
  /** What its owner, its lease and its caller were told, in order. */
  readonly told: string[] = [];
  readonly #due: (() => void)[] = [];

  /** @param isPolledByHand Whether {@link poll} says when what had arrived was looked at. */
  constructor(options: Partial<Http1Options> = {}, isPolledByHand = false) {
    const afterPoll = (callback: () => void): void => void this.#due.push(callback);
    this.connection = new Http1Connection(
      this.wire,
      { id: 1, origin: 'http://example.com', protocol: 'http/1.1', ...this.wire.info },
      engineOptions(this.clock, isPolledByHand ? { afterPoll, ...options } : options),
      { owner: { onChange: () => this.told.push('change') }, listener: undefined },
    );
  }

  /** One exchange. @param isReused Whether the connection counts as one that was there before. */
  send(init: HttpRequestInit = {}, isReused = false): Promise<HttpResponse> {
    const request = new HttpRequest('http://example.com/', { trace: this.recorder.trace, ...init });
    return new Promise((resolve, reject) => {
      const release = (): void => void this.told.push('release');
      const lease: Lease = { connection: this.connection, isReused, wasIdle: isReused, needsLook: false, release };
      this.connection.exchange(request, lease, {
        answered: resolve,
        failed: (error: unknown) => {
          this.told.push('failed');
          reject(error);
        },
      });
    });
  }

  /** What was written after the first head. */
  get writtenBody(): string {
    return this.wire.written.slice(this.wire.written.indexOf('\r\n\r\n') + 4);
  }

  /** Whether the connection would carry the next exchange. */
  get isReusable(): boolean {
    return this.told.includes('release') && this.connection.closeReason === undefined;
  }

  /** What had arrived was looked at. It happens by itself, unless the bench was told to wait for it. */
  poll(): void {
    for (const callback of this.#due.splice(0)) callback();
  }

  /** Lets what was resolved go on, without time passing. */
  settle(): Promise<void> {
    return this.clock.advance(0);
  }
}
