import type { IncomingBody } from './incoming-body.ts';
import { RoundTripError } from './round-trip-error.ts';

const registry = new FinalizationRegistry<WeakRef<IncomingBody>>((held) => {
  const body = held.deref();
  if (body?.isClaimed === false && !isHeld(body)) body.cancel(droppedError());
});

/** Of bodies that were handed on: the last response that has them. */
const holders = new WeakMap<IncomingBody, WeakRef<object>>();

function isHeld(body: IncomingBody): boolean {
  return holders.get(body)?.deref() !== undefined;
}

/**
 * Gives `body` up once nobody can read it any more, since nobody has its response: without that its connection would be held for ever. It is a net, not a
 * way to work: garbage collection comes when it comes. It costs 0.3 µs, and is for bodies that did not come with their head.
 */
export function giveUpWhenUnreachable(response: object, body: IncomingBody): void {
  // Weakly: whoever feeds the body holds it, and a body that has failed may hold its response by its error.
  registry.register(response, new WeakRef(body));
}

/** The same for a response that another one's body goes to: it is given up with this one, and not with that. */
export function handOn(response: object, body: IncomingBody): void {
  holders.set(body, new WeakRef(response));
  giveUpWhenUnreachable(response, body);
}

function droppedError(): RoundTripError {
  const init = { code: 'response-dropped', phase: 'response-body', sent: 'all' } as const;
  return new RoundTripError('the response was dropped before its body was read', init);
}
