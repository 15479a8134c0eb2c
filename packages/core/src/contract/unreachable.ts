import type { IncomingBody } from './incoming-body.ts';
import { RoundTripError } from './round-trip-error.ts';

const registry = new FinalizationRegistry<IncomingBody>((body) => {
  if (!body.isClaimed) body.cancel(unreadError());
});

/**
 * Gives `body` up once nobody can read it any more, since nobody has its response: without that its connection would be held for ever. It is a net, not a
 * way to work: garbage collection comes when it comes. It costs 0.3 µs, and is for bodies that did not come with their head.
 */
export function giveUpWhenUnreachable(response: object, body: IncomingBody): void {
  registry.register(response, body);
}

function unreadError(): RoundTripError {
  const init = { code: 'body-disposed', phase: 'response-body', sent: 'all' } as const;
  return new RoundTripError('the response was dropped before its body was read', init);
}
