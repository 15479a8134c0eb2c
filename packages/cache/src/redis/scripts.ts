import { createHash } from 'node:crypto';

import { READING_FUNCTIONS, WRITING_FUNCTIONS } from './script-functions.ts';

/** Each with the arguments after the prefix. */
const TEXTS = {
  /** key → the last deletion; then variant, id, head, small body or '', pieces, name: for each response; a variant alone where what is there is no response. */
  lookup: `
    local key = ARGV[2]
    local found = { lastDeletion() }
    if clean(entryKey(key)) then return { found[1], { '' } } end
    local fields = redis.call('HGETALL', entryKey(key))
    local values = {}
    for at = 1, #fields, 2 do values[fields[at]] = fields[at + 1] end
    for field, raw in pairs(values) do
      if string.sub(field, 1, 1) == 'm' then
        local variant = string.sub(field, 2)
        local facts = factsOf(raw)
        if not facts then found[#found + 1] = { variant }
        elseif isCurrent(facts.l) then found[#found + 1] = { variant, facts.i, values['h' .. variant] or '', values['b' .. variant] or '', facts.n, facts.u or facts.i }
        else drop(key, variant, facts) end
      end
    end
    return found`,

  /** key, variant, id, first, last, 1 where {@link TEXTS.readOn} follows → pieces, or nothing where the response has gone. A small body is its own first piece. */
  read: `
    local facts = find(ARGV[2], ARGV[3], ARGV[4])
    if not facts then return false end
    if facts.n == 0 then return { redis.call('HGET', entryKey(ARGV[2]), 'b' .. ARGV[3]) or '' } end
    local b = bodyKey(facts.i)
    clean(b)
    if redis.call('EXISTS', b) == 0 then
      drop(ARGV[2], ARGV[3], facts)
      return false
    end
    if ARGV[7] == '1' then keepForReader(b) end
    local pieces = {}
    for number = tonumber(ARGV[5]), tonumber(ARGV[6]) do pieces[#pieces + 1] = redis.call('HGET', b, number) or '' end
    return pieces`,

  /** id, first, last → pieces of a body that is being read already, whatever became of its response. */
  readOn: `
    local b = bodyKey(ARGV[2])
    if clean(b) or redis.call('EXISTS', b) == 0 then return false end
    keepForReader(b)
    local pieces = {}
    for number = tonumber(ARGV[3]), tonumber(ARGV[4]) do pieces[#pieces + 1] = redis.call('HGET', b, number) or '' end
    return pieces`,

  /** fresh token, milliseconds, mark or '-', labels… → the last deletion; labels and tokens in turn, or nothing where they were deleted since the mark. */
  begin: `
    local labels = { unpack(ARGV, 5) }
    if ARGV[4] ~= '-' and isDeletedSince(ARGV[4], labels) then return { lastDeletion() } end
    -- first what Redis refuses where it has no memory left: after another write it would not
    local given = tokensOf(labels, ARGV[2], tonumber(ARGV[3]))
    keepFor(LOG, HOUR)
    return { lastDeletion(), given }`,

  /** id, number of the first, pieces… */
  write: `
    local b = bodyKey(ARGV[2])
    for at = 4, #ARGV do redis.call('HSET', b, tonumber(ARGV[3]) + at - 4, ARGV[at]) end
    redis.call('PEXPIRE', b, 60000)
    return 1`,

  /** key, variant, id, head, last piece, pieces in all, bytes, milliseconds, most variants, labels and tokens in turn… → 'stored', 'deleted' or 'gone'; how many went for it. */
  commit: `
    local key, variant, id, head, piece = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
    local count, ms, most = tonumber(ARGV[7]), tonumber(ARGV[9]), tonumber(ARGV[10])
    local labels = { unpack(ARGV, 11) }
    if not isCurrent(labels) then giveUp(id, 11) return { 'deleted', 0 } end
    local k = entryKey(key)
    clean(k)
    if count > 0 then
      if piece ~= '' then redis.call('HSET', bodyKey(id), count - 1, piece) end
      if redis.call('HLEN', bodyKey(id)) ~= count then giveUp(id, 11) return { 'gone', 0 } end
      redis.call('HSET', bodyKey(id), 'r', 0)
      redis.call('PEXPIRE', bodyKey(id), ms)
    end
    drop(key, variant, factsOf(redis.call('HGET', k, 'm' .. variant)))
    local facts = { i = id, s = nextCommit(k), n = count, z = tonumber(ARGV[8]), l = labels }
    redis.call('HSET', k, 'm' .. variant, cjson.encode(facts), 'h' .. variant, head)
    if count == 0 and piece ~= '' then redis.call('HSET', k, 'b' .. variant, piece) end
    keepFor(k, ms)
    refer(key, variant, facts, ms)
    local variants, oldest, oldestFacts = 0, nil, nil
    for _, field in ipairs(redis.call('HKEYS', k)) do
      if string.sub(field, 1, 1) == 'm' then variants = variants + 1 end
    end
    if variants <= most then return { 'stored', 0 } end
    for _, field in ipairs(redis.call('HKEYS', k)) do
      if string.sub(field, 1, 1) == 'm' then
        local other = factsOf(redis.call('HGET', k, field))
        if not other or not oldestFacts or other.s < oldestFacts.s then oldest, oldestFacts = string.sub(field, 2), other or { s = 0, n = 0, l = {} } end
      end
    end
    drop(key, oldest, oldestFacts)
    return { 'stored', 1 }`,

  /** id, labels and tokens in turn… */
  abort: `
    giveUp(ARGV[2], 3)
    return 1`,

  /** key, old variant, id, new variant, head, bytes, milliseconds, fresh token, mark or '-', labels… → the last deletion; 1 where it was there, and was not deleted since the mark. */
  update: `
    local key, before, id, variant, ms = ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[8])
    local labels = { unpack(ARGV, 11) }
    if ARGV[10] ~= '-' and isDeletedSince(ARGV[10], labels) then return { lastDeletion(), 0 } end
    local facts = find(key, before, id)
    if not facts then return { lastDeletion(), 0 } end
    local k = entryKey(key)
    local body = redis.call('HGET', k, 'b' .. before)
    local pieces = facts.n
    facts.n = 0
    drop(key, before, facts)
    if variant ~= before then drop(key, variant, factsOf(redis.call('HGET', k, 'm' .. variant))) end
    facts.n = pieces
    facts.z = tonumber(ARGV[7])
    facts.u = ARGV[9]
    facts.l = tokensOf(labels, ARGV[9], ms)
    redis.call('HSET', k, 's', math.max(facts.s, tonumber(redis.call('HGET', k, 's') or 0) or 0))
    redis.call('HSET', k, 'm' .. variant, cjson.encode(facts), 'h' .. variant, ARGV[6])
    if body then redis.call('HSET', k, 'b' .. variant, body) end
    if facts.n > 0 then keepFor(bodyKey(id), ms) end
    keepFor(k, ms)
    refer(key, variant, facts, ms)
    return { lastDeletion(), 1 }`,

  /** key, id → how many went. */
  deleteId: `
    local key, id = ARGV[2], ARGV[3]
    clean(entryKey(key))
    for _, field in ipairs(redis.call('HKEYS', entryKey(key))) do
      if string.sub(field, 1, 1) == 'm' then
        local variant = string.sub(field, 2)
        local facts = find(key, variant, id)
        if facts then drop(key, variant, facts) return 1 end
      end
    end
    return 0`,

  /** name: to be remembered, before what it names is looked for. */
  remember: `return remember(ARGV[2])`,

  /** Everything is invalid from now on. */
  deleteAll: `
    remember('all')
    return redis.call('UNLINK', labelKey('all'))`,

  /** label, fresh token, most → how many went; and 1 where there are more than that, which {@link TEXTS.sweep} removes: nobody sees them any more. */
  deleteLabel: `
    local label, most = ARGV[2], tonumber(ARGV[4])
    local l = labelKey(label)
    remember(label)
    clean(l)
    if redis.call('HLEN', l) <= most then return { dropLabel(label), 0 } end
    redis.call('RENAME', l, P .. 'gone:' .. ARGV[3])
    redis.call('PEXPIRE', P .. 'gone:' .. ARGV[3], 60000)
    return { 0, 1 }`,

  /** labels… → how many went. It is remembered already why. */
  deleteLabels: `
    local count = 0
    for at = 2, #ARGV do count = count + dropLabel(ARGV[at]) end
    return count`,

  /** label, token, most → how many went, and 1 where there are more. */
  sweep: `
    local gone, count = P .. 'gone:' .. ARGV[3], 0
    local token = redis.call('HGET', gone, 't')
    local some = redis.call('HRANDFIELD', gone, tonumber(ARGV[4]), 'WITHVALUES')
    for at = 1, #some, 2 do
      if some[at] ~= 't' then
        redis.call('HDEL', gone, some[at])
        if dropReferred(some[at], some[at + 1], ARGV[2], token) then count = count + 1 end
      end
    end
    if redis.call('HLEN', gone) > 1 then return { count, 1 } end
    redis.call('UNLINK', gone)
    return { count, 0 }`,

  /** key, variants… : what is there under them is no response. */
  throwOut: `
    for at = 3, #ARGV do drop(ARGV[2], ARGV[at], factsOf(redis.call('HGET', entryKey(ARGV[2]), 'm' .. ARGV[at]))) end
    return 1`,

  /** Redis keys of bodies… */
  letGo: `
    for at = 2, #ARGV do letGo(string.sub(ARGV[at], #P + 3)) end
    return 1`,

  /** Redis keys of entries… → how many responses, how many bytes. */
  count: `
    local entries, bytes = 0, 0
    for at = 2, #ARGV do
      local fields = redis.call('TYPE', ARGV[at]).ok == 'hash' and redis.call('HGETALL', ARGV[at]) or {}
      for field = 1, #fields, 2 do
        local facts = string.sub(fields[field], 1, 1) == 'm' and factsOf(fields[field + 1])
        if facts and isCurrent(facts.l) then entries = entries + 1 bytes = bytes + facts.z end
      end
    end
    return { entries, bytes }`,

  /** key, token, milliseconds, names… → 'granted', 'taken', or 'news' where something is stored under the key that has none of these names. */
  lease: `
    local key, names = ARGV[2], {}
    for at = 5, #ARGV do names[ARGV[at]] = true end
    local k = entryKey(key)
    clean(k)
    for _, field in ipairs(redis.call('HKEYS', k)) do
      local facts = string.sub(field, 1, 1) == 'm' and factsOf(redis.call('HGET', k, field))
      if facts and not names[facts.u or facts.i] and isCurrent(facts.l) then return 'news' end
    end
    return redis.call('SET', P .. 'lease:' .. key, ARGV[3], 'NX', 'PX', tonumber(ARGV[4])) and 'granted' or 'taken'`,

  /** key, token: gives a lease back, where it is still this one. */
  release: `
    local lease = P .. 'lease:' .. ARGV[2]
    if redis.call('GET', lease) == ARGV[3] then return redis.call('DEL', lease) end
    return 0`,
} as const;

export type ScriptName = keyof typeof TEXTS;

/** Those that are asked for most, and need little. */
const READING: ReadonlySet<ScriptName> = new Set<ScriptName>(['lookup', 'read', 'readOn', 'write', 'release']);

export interface Script {
  readonly text: string;
  /** What Redis knows it by once it has seen it. */
  readonly sha1: string;
}

const known = new Map<ScriptName, Script>();

export function scriptOf(name: ScriptName): Script {
  const found = known.get(name);
  if (found !== undefined) return found;
  const text = READING_FUNCTIONS + (READING.has(name) ? '' : WRITING_FUNCTIONS) + TEXTS[name];
  const script = { text, sha1: createHash('sha1').update(text).digest('hex') };
  known.set(name, script);
  return script;
}
