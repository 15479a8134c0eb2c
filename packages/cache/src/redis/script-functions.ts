/**
 * What Redis does in one step. All keys begin with the store's prefix, `P`:
 *
 * - `k:<key>`, a hash with the responses of a key: for each variant `m<variant>`, its facts; `h<variant>`, its head; `b<variant>`, its body where it is small. `s` counts commits.
 * - `b:<id>`, a hash with the pieces of a larger body, by number, and `r`, when somebody began or went on to read it, in seconds: 0 where nobody has.
 * - `l:<label>`, a hash for what responses are called by (their URL, groups, tags, and `all`): `t`, a token; `r<key, variant>`, the id of each response that is called so, but for `all`;
 *   and `o`, where others may know the token besides the entry that it was made for.
 * - `gone:<token>`, a label that was deleted and has too many responses to remove them in one step.
 * - `deletions`, a hash with the last deletions by number, and `n`, the number of the last one.
 *
 * A response remembers the tokens of its labels from the time when it was begun, and is there as long as they are still the same: to delete by a label is to throw its token away, which
 * also hits what is on its way. A label that Redis evicts takes its responses with it; a response that Redis evicts is a miss.
 *
 * What was deleted after a request had left, and before its answer was begun, is among the last deletions, or, where nobody knows any more, taken for one of them.
 *
 * Facts: `i` id, `u` another name for it since it was freshened, `s` which commit it was, `n` pieces of its body, `z` bytes, `l` labels and their tokens in turn.
 */
export const READING_FUNCTIONS: string = `
local P = ARGV[1]
local LOG = P .. 'deletions'
local HOUR = 3600000

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

-- cjson writes 14 digits
local MOST = 1e14
local function isCount(value) return type(value) == 'number' and value >= 0 and value <= MOST and value % 1 == 0 end

local function areLabels(list)
  if type(list) ~= 'table' or #list == 0 or #list % 2 == 1 then return false end
  for at = 1, #list do
    if type(list[at]) ~= 'string' then return false end
  end
  return true
end

-- nil where there is nothing, false where it is no facts
local function factsOf(raw)
  if not raw then return nil end
  local isJson, facts = pcall(cjson.decode, raw)
  if not isJson or type(facts) ~= 'table' or type(facts.i) ~= 'string' or type(facts.u or '') ~= 'string' then return false end
  return isCount(facts.s) and isCount(facts.n) and isCount(facts.z) and areLabels(facts.l) and facts
end

-- whether no label was thrown away since the entry was begun, but perhaps this one; a key of another type has no token either
local function isCurrent(labels, but, token)
  for at = 1, #labels, 2 do
    local now = labels[at] == but and token or redis.pcall('HGET', labelKey(labels[at]), 't')
    if now ~= labels[at + 1] then return false end
  end
  return true
end

local function keepFor(redisKey, ms)
  if redis.call('PTTL', redisKey) < ms then redis.call('PEXPIRE', redisKey, ms) end
end

-- the number of the last deletion; that of a new log is one that no log had before
local function lastDeletion()
  local last = redis.pcall('HGET', LOG, 'n')
  if type(last) == 'string' and string.find(last, '^%d+$') then return last end
  if last then redis.call('UNLINK', LOG) end
  local now = redis.call('TIME')
  last = string.format('%d%06d', now[1], now[2])
  -- without memory there is no log, and what is asked for now is not stored
  if type(redis.pcall('HSET', LOG, 'n', last)) == 'number' then keepFor(LOG, HOUR) end
  return last
end

-- for whoever will ask for more of a body: he does so within a minute
local function keepForReader(b)
  keepFor(b, 60000)
  -- without memory for it nobody knows whether it is being read
  if type(redis.pcall('HSET', b, 'r', redis.call('TIME')[1])) ~= 'number' then redis.pcall('HDEL', b, 'r') end
end

-- pieces stay for those who are reading them, or writing them
local function letGo(id)
  local b = bodyKey(id)
  local readAt = not clean(b) and redis.call('HGET', b, 'r')
  if readAt and redis.call('TIME')[1] - (tonumber(readAt) or 0) > 60 then redis.call('UNLINK', b) return end
  local rest = redis.call('PTTL', b)
  if rest == -1 or rest > 60000 then redis.call('PEXPIRE', b, 60000) end
end

-- of a label that nothing is called by any more. Who has begun an entry may still know its token, and has an hour; where nobody but the one that has gone knew it, it goes as well
local function retire(l)
  local fields = redis.call('HLEN', l)
  if fields == 1 then redis.call('UNLINK', l)
  elseif fields == 2 and redis.call('HEXISTS', l, 'o') == 1 and redis.call('PTTL', l) > HOUR then redis.call('PEXPIRE', l, HOUR) end
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
    if redis.pcall('HGET', l, r) == facts.i then
      redis.call('HDEL', l, r)
      retire(l)
    end
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
`;

/** What scripts need besides that which write. Each function costs a script some time, whether it is called or not. */
export const WRITING_FUNCTIONS: string = `
local REMEMBERED = 4096

local function referred(field)
  local length, rest = string.match(field, '^r(%d+):(.*)$')
  if not length then return nil end
  return string.sub(rest, 1, tonumber(length)), string.sub(rest, tonumber(length) + 1)
end

-- names that begin alike are taken for the same, which refuses too much at worst
local function shortened(name) return string.sub(name, 1, 256) end

local function remember(name)
  lastDeletion()
  local number = redis.pcall('HINCRBY', LOG, 'n', 1)
  local set = type(number) == 'number' and redis.pcall('HSET', LOG, string.format('%.0f', number), shortened(name))
  -- without memory for it nobody knows any more what was deleted
  if type(set) ~= 'number' then redis.call('UNLINK', LOG) return end
  redis.call('HDEL', LOG, string.format('%.0f', number - REMEMBERED))
  keepFor(LOG, HOUR)
end

-- whether what has these labels was deleted since then, or nobody knows; a prefix is the beginning of a label
local function isDeletedSince(mark, labels)
  local since, last = tonumber(mark), tonumber(lastDeletion())
  if not since or since > last or last - since > REMEMBERED then return true end
  for number = since + 1, last do
    local name = redis.call('HGET', LOG, string.format('%.0f', number))
    if not name then return true end
    local prefix = string.match(name, '^prefix (.*)$')
    for _, label in ipairs(labels) do
      if shortened(label) == name or prefix and string.sub(label, 1, #prefix) == prefix then return true end
    end
  end
  return false
end

-- removes a response that a deleted label had; whether it was there
local function dropReferred(field, id, label, token)
  local key, variant = referred(field)
  if not key or clean(entryKey(key)) then return false end
  local facts = factsOf(redis.call('HGET', entryKey(key), 'm' .. variant))
  if not facts or facts.i ~= id then return false end
  local wasThere = isCurrent(facts.l, label, token)
  drop(key, variant, facts)
  return wasThere
end

-- deletes what has a label; how many went
local function dropLabel(label)
  local l, count = labelKey(label), 0
  clean(l)
  local fields, token = redis.call('HGETALL', l), redis.call('HGET', l, 't')
  redis.call('UNLINK', l)
  for at = 1, #fields, 2 do
    if dropReferred(fields[at], fields[at + 1], label, token) then count = count + 1 end
  end
  return count
end

-- of a label that many have had: looks at two of them for each one that comes, so that what has gone by itself is forgotten
local function forgetSome(l)
  if redis.call('HLEN', l) < 64 then return end
  local some = redis.call('HRANDFIELD', l, 2, 'WITHVALUES')
  for at = 1, #some, 2 do
    local key, variant = referred(some[at])
    if key then
      local facts = factsOf(redis.pcall('HGET', entryKey(key), 'm' .. variant))
      if not facts or facts.i ~= some[at + 1] then redis.call('HDEL', l, some[at]) end
    end
  end
end

local function refer(key, variant, facts, ms)
  local r = reference(key, variant)
  for at = 1, #facts.l, 2 do
    local l = labelKey(facts.l[at])
    if facts.l[at] ~= 'all' then
      redis.call('HSET', l, r, facts.i)
      forgetSome(l)
    end
    keepFor(l, ms)
  end
end

-- the tokens of labels, made where there are none
local function tokensOf(labels, fresh, ms)
  local given = {}
  for at = 1, #labels do
    local l = labelKey(labels[at])
    clean(l)
    if redis.call('HSETNX', l, 't', fresh) == 0 then redis.call('HSETNX', l, 'o', 1) end
    keepFor(l, ms)
    given[#given + 1] = labels[at]
    given[#given + 1] = redis.call('HGET', l, 't')
  end
  return given
end

-- an entry will not be complete; its labels and tokens are the arguments from this one on. Of what all are called by nobody knows whether somebody is
local function giveUp(id, first)
  redis.call('UNLINK', bodyKey(id))
  for at = first, #ARGV, 2 do
    local l = labelKey(ARGV[at])
    if ARGV[at] ~= 'all' and redis.pcall('HGET', l, 't') == ARGV[at + 1] then retire(l) end
  end
end

-- the number of a commit; where somebody else has put something in place of the last one, it goes on from those that are there
local function nextCommit(k)
  local number = redis.pcall('HINCRBY', k, 's', 1)
  if isCount(number) and number > 0 then return number end
  number = 1
  for _, field in ipairs(redis.call('HKEYS', k)) do
    local facts = string.sub(field, 1, 1) == 'm' and factsOf(redis.call('HGET', k, field))
    if facts then number = math.max(number, math.min(facts.s + 1, MOST)) end
  end
  redis.call('HSET', k, 's', string.format('%.0f', number))
  return number
end
`;
