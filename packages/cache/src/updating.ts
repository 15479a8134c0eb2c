import { andThen } from './answer.ts';
import type { Ask } from './ask.ts';
import type { CacheCore } from './cache-core.ts';
import { freshen, isSameRepresentation } from './freshening.ts';
import type { Answer } from './store.ts';
import type { StoredResponse } from './stored-response.ts';
import type { Received } from './storing.ts';
import { isSelected } from './vary.ts';

/** A stored response as it is now; undefined where it is gone. What another answer has changed since it was looked up must not be undone. */
export function currentOf(core: CacheCore, { key, id }: StoredResponse): Answer<StoredResponse | undefined> {
  return andThen(core.store.lookup(key), (found) => found.find((stored) => stored.id === id));
}

/** RFC 9111 §4.3.5: what a HEAD says of what is stored for GET. */
export function learnFromHead(core: CacheCore, { found, view }: Ask, received: Received): void {
  const { status } = received.response;
  if (status !== 200 && status !== 404 && status !== 410) return;
  const selected = found.filter(({ selecting }) => isSelected(selecting, view.request.headers));
  for (const stored of selected) void andThen(currentOf(core, stored), (current) => learn(core, current, received));
}

function learn(core: CacheCore, stored: StoredResponse | undefined, received: Received): void {
  if (stored === undefined) return;
  const { status, headers } = received.response;
  const isSame = status === 200 && isSameRepresentation(stored, headers);
  const freshened = isSame ? freshen(stored, received, core.rules) : undefined;
  if (freshened?.isForAskerAlone === true) return;
  if (freshened?.isStorable === true) void core.store.update(stored, freshened.head, received.mark);
  else void core.store.update(stored, { ...stored, isInvalidated: true });
}
