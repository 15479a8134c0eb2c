import type { Dialer, DialTarget } from '../contract/dialer.ts';
import type { TraceListener } from '../contract/trace-event.ts';
import { adoptStream, isDuplex } from '../wire/adopt-stream.ts';
import { asError } from '../wire/as-error.ts';
import type { SocketWire } from '../wire/socket-wire.ts';
import type { StepEnd } from './dialling.ts';

/** A caller's own dial, and the option's name. */
export interface NamedDialer {
  readonly name: 'dial' | 'dialTLS';
  readonly dialer: Dialer;
}

/** Has the caller open a stream. @returns a function that gives it up; a stream that comes later is destroyed. */
export function callerDial(
  { name, dialer }: NamedDialer,
  target: DialTarget,
  trace: TraceListener | undefined,
  end: StepEnd<SocketWire>,
): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  let giveUp = (): void => {};
  const run = async (): Promise<void> => {
    try {
      const stream: unknown = await dialer(target, { signal, trace });
      if (!isDuplex(stream)) throw new TypeError(`${name}() gave ${describe(stream)}: expected a connected stream (Duplex)`);
      if (signal.aborted) stream.on('error', () => {}).destroy();
      else giveUp = adoptStream(stream, end);
    } catch (error) {
      if (!signal.aborted) end.failed(asError(error));
    }
  };
  void run();
  return () => {
    controller.abort();
    giveUp();
  };
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
