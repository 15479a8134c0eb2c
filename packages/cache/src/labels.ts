import type { DeleteTarget } from './store.ts';
import type { StoredResponse } from './stored-response.ts';

/** What several stored responses may be called by at once. */
export type LabelledTarget = Extract<DeleteTarget, { readonly kind: 'url' | 'group' | 'tag' }>;

/** No two targets have the same: neither a kind nor an origin holds a space. */
export function labelOf(target: LabelledTarget): string {
  switch (target.kind) {
    case 'url':
      return `url ${target.url}`;
    case 'group':
      return `group ${target.origin} ${target.group}`;
    default:
      return `tag ${target.tag}`;
  }
}

/** All that a stored response is called by. */
export function labelsOf({ url, origin, groups, tags }: Pick<StoredResponse, 'url' | 'origin' | 'groups' | 'tags'>): readonly string[] {
  const labels = [labelOf({ kind: 'url', url })];
  for (const group of groups) labels.push(labelOf({ kind: 'group', origin, group }));
  for (const tag of tags) labels.push(labelOf({ kind: 'tag', tag }));
  return labels;
}
