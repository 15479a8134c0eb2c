import { parseList } from 'structured-headers';

/** RFC 9875 §2 and §3 ask for 32 groups of 32 characters at least. What goes beyond these limits is passed over, as the standard allows. */
const MOST_GROUPS = 128;
const LONGEST_GROUP = 256;

/**
 * RFC 9875: the groups that `Cache-Groups` says a response is in, or that `Cache-Group-Invalidation` invalidates. Both are lists of strings; parameters are ignored (§2, §3).
 * A field that is no such list is ignored whole (RFC 9651 §4.2).
 */
/** @param text The field's value, or `null` where there is none. */
export function groupsOf(text: string | null): readonly string[] {
  return text === null ? NONE : parseGroups(text);
}

const NONE: readonly string[] = [];

function parseGroups(text: string): readonly string[] {
  try {
    const groups = new Set<string>();
    for (const [value] of parseList(text)) {
      if (typeof value !== 'string') return NONE;
      if (value.length <= LONGEST_GROUP && groups.size < MOST_GROUPS) groups.add(value);
    }
    return [...groups];
  } catch {
    // Not a list: the field counts as absent.
    return NONE;
  }
}
