import { createHash } from 'node:crypto';

/**
 * What Redis does in one step. All keys begin with the store's prefix, `P`:
 *
 * - `k:<key>`, a hash with the responses of a key: for each variant `m<variant>`, its facts; `h<variant>`, its head; `b<variant>`, its body where it is small. `s` counts commits.
 * - `b:<id>`, a hash with the pieces of a larger body, by number.
 * - `l:<label>`, a hash for what responses are called by (their URL, groups, tags, and `all`): `t`, a token, and `r<key, variant>`, the id of each response that is called so.
 *
 * A response remembers the tokens of its labels from the time when it was begun, and is there as long as they are still the same: to delete by a label is to throw its token away, which
 * also hits what is on its way. A label that Redis evicts takes its responses with it; a response that Redis evicts is a miss.
 *
 * Facts: `i` id, `s` which commit it was, `n` pieces of its body, `z` bytes, `l` labels and their tokens in turn.
 */
const COMMON = `
local P = ARGV[1]

local function entryKey(key) return P .. 'k:' .. key end
local function bodyKey(id) return P .. 'b:' .. id end
local function labelKey(label) return P .. 'l:' .. label end
local function reference(key, variant) return 'r' .. #key .. ':' .. key .. variant end

-- what somebody else has put in a place of ours; true where there was such
local function clean(redisKey)
  local kind = redis.call('TYPE', redisKey).ok
  if kind == 'hash' or kind == 'none' then return false end
  redis.call('UNLINK', redisKey)
  return true
end

-- nil where there is nothing, false where it is no facts
local function factsOf(raw)
  if not raw then return nil end
  local isJson, facts = pcall(cjson.decode, raw)
  if not isJson or type(facts) ~= 'table' or type(facts.l) ~= 'table' or type(facts.i) ~= 'string' then return false end
  if type(facts.s) ~= 'number' or type(facts.n) ~= 'number' or type(facts.z) ~= 'number' then return false end
  return facts
end

-- whether no label was thrown away since the entry was begun; a key of another type has no token either
local function isCurrent(labels)
  for at = 1, #labels, 2 do
    if redis.pcall('HGET', labelKey(labels[at]), 't') ~= labels[at + 1] then return false end
  end
  return true
end

local function keepFor(redisKey, ms)
  if redis.call('PTTL', redisKey) < ms then redis.call('PEXPIRE', redisKey, ms) end
end

-- pieces stay for those who are reading them
local function letGo(id)
  local rest = redis.call('PTTL', bodyKey(id))
  if rest == -1 or rest > 60000 then redis.call('PEXPIRE', bodyKey(id), 60000) end
end

local function drop(key, variant, facts)
  local k = entryKey(key)
  redis.call('HDEL', k, 'm' .. variant, 'h' .. variant, 'b' .. variant)
  if redis.call('HLEN', k) == 1 then redis.call('HDEL', k, 's') end
  if not facts then return end
  if facts.n > 0 then letGo(facts.i) end
  local r = reference(key, variant)
  for at = 1, #facts.l, 2 do
    local l = labelKey(facts.l[at])
    if redis.pcall('HGET', l, r) == facts.i then redis.call('HDEL', l, r) end
  end
end

-- the facts of one response, where it is there and has this id
local function find(key, variant, id)
  clean(entryKey(key))
  local facts = factsOf(redis.call('HGET', entryKey(key), 'm' .. variant))
  if not facts or facts.i ~= id then return nil end
  if isCurrent(facts.l) then return facts end
  drop(key, variant, facts)
  return nil
end

local function refer(key, variant, facts, ms)
  local r = reference(key, variant)
  for at = 1, #facts.l, 2 do
    local l = labelKey(facts.l[at])
    if facts.l[at] ~= 'all' then redis.call('HSET', l, r, facts.i) end
    keepFor(l, ms)
  end
end

-- the tokens of labels, made where there are none
local function tokensOf(labels, fresh, ms)
  local given = {}
  for at = 1, #labels do
    local l = labelKey(labels[at])
    clean(l)
    redis.call('HSETNX', l, 't', fresh)
    keepFor(l, ms)
    given[#given + 1] = labels[at]
    given[#given + 1] = redis.call('HGET', l, 't')
  end
  return given
end
`;

/** Each with the arguments after the prefix. */
const TEXTS = {
  /** key → variant, id, head, small body or '', pieces: for each response; a variant alone where what is there is no response. */
  lookup: `
    local key = ARGV[2]
    if clean(entryKey(key)) then return { { '' } } end
    local found = {}
    local fields = redis.call('HGETALL', entryKey(key))
    local values = {}
    for at = 1, #fields, 2 do values[fields[at]] = fields[at + 1] end
    for field, raw in pairs(values) do
      if string.sub(field, 1, 1) == 'm' then
        local variant = string.sub(field, 2)
        local facts = factsOf(raw)
        if not facts then found[#found + 1] = { variant }
        elseif isCurrent(facts.l) then found[#found + 1] = { variant, facts.i, values['h' .. variant] or '', values['b' .. variant] or '', facts.n }
        else drop(key, variant, facts) end
      end
    end
    return found`,

  /** key, variant, id, first, last → pieces, or nothing where the response has gone. A small body is its own first piece. */
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
    keepFor(b, 60000)
    local pieces = {}
    for number = tonumber(ARGV[5]), tonumber(ARGV[6]) do pieces[#pieces + 1] = redis.call('HGET', b, number) or '' end
    return pieces`,

  /** id, first, last → pieces of a body that is being read already, whatever became of its response. */
  readOn: `
    local b = bodyKey(ARGV[2])
    if redis.call('EXISTS', b) == 0 then return false end
    keepFor(b, 60000)
    local pieces = {}
    for number = tonumber(ARGV[3]), tonumber(ARGV[4]) do pieces[#pieces + 1] = redis.call('HGET', b, number) or '' end
    return pieces`,

  /** fresh token, milliseconds, labels… → labels and tokens in turn. */
  begin: `return tokensOf({ unpack(ARGV, 4) }, ARGV[2], tonumber(ARGV[3]))`,

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
    if not isCurrent(labels) then redis.call('UNLINK', bodyKey(id)) return { 'deleted', 0 } end
    local k = entryKey(key)
    clean(k)
    if count > 0 then
      if piece ~= '' then redis.call('HSET', bodyKey(id), count - 1, piece) end
      if redis.call('HLEN', bodyKey(id)) ~= count then redis.call('UNLINK', bodyKey(id)) return { 'gone', 0 } end
      redis.call('PEXPIRE', bodyKey(id), ms)
    end
    drop(key, variant, factsOf(redis.call('HGET', k, 'm' .. variant)))
    local facts = { i = id, s = redis.call('HINCRBY', k, 's', 1), n = count, z = tonumber(ARGV[8]), l = labels }
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

  /** id */
  abort: `return redis.call('UNLINK', bodyKey(ARGV[2]))`,

  /** key, old variant, id, new variant, head, bytes, milliseconds, fresh token, labels… → 1 where it was there. */
  update: `
    local key, before, id, variant, ms = ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[8])
    local facts = find(key, before, id)
    if not facts then return 0 end
    local k = entryKey(key)
    local body = redis.call('HGET', k, 'b' .. before)
    local pieces = facts.n
    facts.n = 0
    drop(key, before, facts)
    if variant ~= before then drop(key, variant, factsOf(redis.call('HGET', k, 'm' .. variant))) end
    facts.n = pieces
    facts.z = tonumber(ARGV[7])
    facts.l = tokensOf({ unpack(ARGV, 10) }, ARGV[9], ms)
    redis.call('HSET', k, 's', math.max(facts.s, tonumber(redis.call('HGET', k, 's') or 0)))
    redis.call('HSET', k, 'm' .. variant, cjson.encode(facts), 'h' .. variant, ARGV[6])
    if body then redis.call('HSET', k, 'b' .. variant, body) end
    if facts.n > 0 then keepFor(bodyKey(id), ms) end
    keepFor(k, ms)
    refer(key, variant, facts, ms)
    return 1`,

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

  /** labels… → how many went. */
  deleteLabels: `
    local count = 0
    for at = 2, #ARGV do
      local l = labelKey(ARGV[at])
      clean(l)
      local fields = redis.call('HGETALL', l)
      for field = 1, #fields, 2 do
        local length, rest = string.match(fields[field], '^r(%d+):(.*)$')
        if length then
          local key, variant = string.sub(rest, 1, tonumber(length)), string.sub(rest, tonumber(length) + 1)
          local facts = find(key, variant, fields[field + 1])
          if facts then drop(key, variant, facts) count = count + 1 end
        end
      end
      redis.call('UNLINK', l)
    end
    return count`,

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

  /** key, token: gives a lease back, where it is still this one. */
  release: `
    local lease = P .. 'lease:' .. ARGV[2]
    if redis.call('GET', lease) == ARGV[3] then return redis.call('DEL', lease) end
    return 0`,
} as const;

export type ScriptName = keyof typeof TEXTS;

export interface Script {
  readonly text: string;
  /** What Redis knows it by once it has seen it. */
  readonly sha1: string;
}

const known = new Map<ScriptName, Script>();

export function scriptOf(name: ScriptName): Script {
  const found = known.get(name);
  if (found !== undefined) return found;
  const text = COMMON + TEXTS[name];
  const script = { text, sha1: createHash('sha1').update(text).digest('hex') };
  known.set(name, script);
  return script;
}
