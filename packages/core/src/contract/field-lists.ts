const COLON = 0x3a;

/** name, lower-case name, value; name, lower-case name, value; …, of names, which are in lower case, and values in turn. Pseudo-fields (`:status`) are left out. */
export function listOf(fields: readonly string[]): string[] {
  const list: string[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? '';
    if (name.charCodeAt(0) !== COLON) list.push(name, name, fields[at + 1] ?? '');
  }
  return list;
}

/** Names and values in turn, of what {@link listOf} makes. */
export function wireOrder(list: readonly string[]): string[] {
  return list.filter((_, at) => at % 3 !== 1);
}

/** Several `set-cookie` are equal, and sorting is stable: they keep their order. */
export function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
