import type { ClientTrace } from './client-trace.ts';

/** Every name of {@link ClientTrace}: the compiler sees to it that none is missing. */
const HOOK_NAMES: Readonly<Record<keyof ClientTrace, true>> = {
  getConn: true,
  gotConn: true,
  putIdleConn: true,
  gotFirstResponseByte: true,
  got1xxResponse: true,
  dnsStart: true,
  dnsDone: true,
  connectStart: true,
  connectDone: true,
  tlsHandshakeStart: true,
  tlsHandshakeDone: true,
  wroteHeaderField: true,
  wroteHeaders: true,
  wait100Continue: true,
  got100Continue: true,
  wroteRequest: true,
  queueStart: true,
  queueEnd: true,
  dialStart: true,
  dialEnd: true,
  dialDonated: true,
  proxyConnectStart: true,
  proxyConnectDone: true,
  connOpened: true,
  connClosed: true,
  gotGoAway: true,
  gotGlitch: true,
  receiveBufferFull: true,
  requestBodyStart: true,
  gotResponse: true,
  bodyStart: true,
  bodyEnd: true,
  leaseReleased: true,
  resend: true,
  retry: true,
  redirect: true,
  retryStopped: true,
  hedge: true,
  hedgeEnd: true,
  circuitChange: true,
  limitWaitStart: true,
  limitWaitEnd: true,
  refused: true,
  cacheDecision: true,
  requestFailed: true,
  event: true,
};

/**
 * The hooks that are there, as they are now. Own properties only, so that a polluted `Object.prototype` sets no hook; an instance of a class, whose
 * hooks would be found nowhere, is refused rather than ignored.
 * @returns undefined where there is none.
 * @throws TypeError naming each hook that is unknown or not a function.
 */
export function checkHooks(hooks: ClientTrace): ClientTrace | undefined {
  if (!isPlainObject(hooks)) throw new TypeError('invalid trace hooks: expected a plain object of functions');
  const problems: string[] = [];
  const checked: Record<string, unknown> = { __proto__: null };
  for (const [name, hook] of Object.entries(hooks)) {
    if (hook === undefined) continue;
    if (!Object.hasOwn(HOOK_NAMES, name)) problems.push(`unknown hook ${JSON.stringify(name)}`);
    else if (typeof hook !== 'function') problems.push(`${name}: expected a function`);
    else checked[name] = hook;
  }
  if (problems.length > 0) throw new TypeError(`invalid trace hooks: ${problems.join('; ')}`);
  return Object.keys(checked).length === 0 ? undefined : checked;
}

/** Of any realm. */
function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
