import type { Order, Report } from './messages.ts';

/** Sends the first report, and from then on ends this process with `onEnd` when the one that started it wants that or is gone. */
export function answerAndLive(first: Report, onEnd: () => void): void {
  process.on('disconnect', onEnd);
  // A terminal's Ctrl-C reaches every process of the group; the one that started this one ends it in order.
  process.on('SIGINT', () => {});
  report(first);
}

/** Carries out orders, each after the one before. A failure is reported and ends the process. */
export function takeOrders(carryOut: (order: Order) => Report | Promise<Report>): void {
  process.on('message', (message) => {
    // oxlint-disable-next-line typescript/consistent-type-assertions -- only Child.ask sends to this process
    void carryOutAndReport(carryOut, message as Order);
  });
}

async function carryOutAndReport(carryOut: (order: Order) => Report | Promise<Report>, order: Order): Promise<void> {
  try {
    report(await carryOut(order));
  } catch (error) {
    fail(error);
  }
}

/** Reports the error and ends the process. */
export function fail(error: unknown): void {
  process.exitCode = 1;
  report({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }, () => process.exit(1));
}

function report(message: Report, onSent?: () => void): void {
  // What cannot be sent is for nobody: the process that would read it is gone, and 'disconnect' ends this one.
  process.send?.(message, undefined, undefined, () => onSent?.());
}
