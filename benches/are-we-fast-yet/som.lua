-- Collections written in the language itself, so that programs that use them compare interpreters, not libraries.
-- Indices begin with 1. A table cannot be given a size, so a capacity is a number beside it.

-- LuaJIT cannot read the operators of Lua 5.4, and Lua 5.4 has no library `bit`.
local mix, band
if bit then
    local bxor, rshift = bit.bxor, bit.rshift
    band = bit.band
    function mix(hash)
        return bxor(hash, rshift(hash, 16))
    end
else
    mix, band = load([[
        return function(hash) return hash ~ (hash >> 16) end, function(a, b) return a & b end
    ]])()
end

local INITIAL_SIZE = 10
local INITIAL_CAPACITY = 16

local function class(base)
    local c = setmetatable({}, { __index = base })
    c.__index = c
    return c
end

-- A list that grows by doubling and is shortened at its front without moving anything.
local Vector = class()

-- Makes a vector, or what extends one.
function Vector.new(size, subclass)
    return setmetatable({
        storage = {},
        room = size or 0,
        first_index = 1,
        last_index = 1,
    }, subclass or Vector)
end

function Vector.with_item(item)
    local vector = Vector.new(1)
    vector:append(item)
    return vector
end

function Vector:at(index)
    if index > self.room then
        return nil
    end
    return self.storage[index]
end

function Vector:at_put(index, value)
    if self.room == 0 then
        self.room = index > INITIAL_SIZE and index or INITIAL_SIZE
    elseif index > self.room then
        local room = self.room
        while room < index do
            room = room * 2
        end
        self.room = room
    end
    self.storage[index] = value
    if self.last_index < index + 1 then
        self.last_index = index + 1
    end
end

function Vector:append(item)
    if self.room == 0 then
        self.room = INITIAL_SIZE
    elseif self.last_index > self.room then
        self.room = self.room * 2
    end
    self.storage[self.last_index] = item
    self.last_index = self.last_index + 1
end

function Vector:is_empty()
    return self.last_index == self.first_index
end

function Vector:size()
    return self.last_index - self.first_index
end

function Vector:capacity()
    return self.room
end

function Vector:for_each(fn)
    for i = self.first_index, self.last_index - 1 do
        fn(self.storage[i])
    end
end

function Vector:has_some(fn)
    for i = self.first_index, self.last_index - 1 do
        if fn(self.storage[i]) then
            return true
        end
    end
    return false
end

function Vector:get_one(fn)
    for i = self.first_index, self.last_index - 1 do
        local item = self.storage[i]
        if fn(item) then
            return item
        end
    end
    return nil
end

function Vector:remove_first()
    if self:is_empty() then
        return nil
    end
    self.first_index = self.first_index + 1
    return self.storage[self.first_index - 1]
end

function Vector:remove(unwanted)
    if self:is_empty() then
        return false
    end
    local kept = {}
    local last = 1
    local found = false
    self:for_each(function(item)
        if item == unwanted then
            found = true
        else
            kept[last] = item
            last = last + 1
        end
    end)
    self.storage = kept
    self.first_index = 1
    self.last_index = last
    return found
end

function Vector:remove_all()
    self.first_index = 1
    self.last_index = 1
    self.storage = {}
end

-- Sorts by a function that says whether its first argument precedes its second.
function Vector:sort(precedes)
    if self:size() > 0 then
        self:sort_range(self.first_index, self.last_index - 1, precedes)
    end
end

function Vector:sort_range(i, j, precedes)
    local n = j + 1 - i
    if n <= 1 then
        return
    end
    local storage = self.storage
    if not precedes(storage[i], storage[j]) then
        self:swap(i, j)
    end
    if n == 2 then
        return
    end

    -- The median of the first, the middle and the last item goes to the middle.
    local middle = math.floor((i + j) / 2)
    if not precedes(storage[i], storage[middle]) then
        self:swap(i, middle)
    elseif not precedes(storage[middle], storage[j]) then
        self:swap(middle, j)
    end
    if n == 3 then
        return
    end

    local median = storage[middle]
    local k = i
    local l = j - 1
    while true do
        while k <= l and precedes(median, storage[l]) do
            l = l - 1
        end
        k = k + 1
        while k <= l and precedes(storage[k], median) do
            k = k + 1
        end
        if k > l then
            break
        end
        self:swap(k, l)
    end
    self:sort_range(i, l, precedes)
    self:sort_range(k, j, precedes)
end

function Vector:swap(i, j)
    local item = self.storage[i]
    self.storage[i] = self.storage[j]
    self.storage[j] = item
end

-- A set that looks through its items.
local Set = class()

function Set.new(size)
    return setmetatable({ items = Vector.new(size or INITIAL_SIZE) }, Set)
end

function Set:size()
    return self.items:size()
end

function Set:for_each(fn)
    self.items:for_each(fn)
end

function Set:has_some(fn)
    return self.items:has_some(fn)
end

function Set:get_one(fn)
    return self.items:get_one(fn)
end

function Set:add(item)
    if not self:contains(item) then
        self.items:append(item)
    end
end

function Set:remove_all()
    self.items:remove_all()
end

function Set:collect(fn)
    local results = Vector.new()
    self:for_each(function(item)
        results:append(fn(item))
    end)
    return results
end

function Set:contains(wanted)
    return self:has_some(function(item)
        return item == wanted
    end)
end

local IdentitySet = class(Set)

function IdentitySet.new(size)
    return setmetatable({ items = Vector.new(size or INITIAL_SIZE) }, IdentitySet)
end

function IdentitySet:contains(wanted)
    return self:has_some(function(item)
        return rawequal(item, wanted)
    end)
end

local Entry = class()

function Entry.new(hash, key, value, next)
    return setmetatable({ hash = hash, key = key, value = value, next = next }, Entry)
end

function Entry:matches(hash, key)
    return self.hash == hash and self.key == key
end

local IdentityEntry = class(Entry)

function IdentityEntry.new(hash, key, value, next)
    return setmetatable({ hash = hash, key = key, value = value, next = next }, IdentityEntry)
end

function IdentityEntry:matches(hash, key)
    return self.hash == hash and rawequal(self.key, key)
end

-- A hash table with chains; its keys say their hash themselves.
local Dictionary = class()

function Dictionary.new(capacity)
    return setmetatable({ buckets = {}, capacity = capacity or INITIAL_CAPACITY, count = 0 }, Dictionary)
end

function Dictionary:hash_of(key)
    if key == nil then
        return 0
    end
    return mix(key:custom_hash())
end

function Dictionary:size()
    return self.count
end

function Dictionary:is_empty()
    return self.count == 0
end

function Dictionary:bucket_index(hash)
    return band(self.capacity - 1, hash) + 1
end

function Dictionary:bucket(hash)
    return self.buckets[self:bucket_index(hash)]
end

function Dictionary:at(key)
    local hash = self:hash_of(key)
    local entry = self:bucket(hash)
    while entry ~= nil do
        if entry:matches(hash, key) then
            return entry.value
        end
        entry = entry.next
    end
    return nil
end

function Dictionary:contains_key(key)
    local hash = self:hash_of(key)
    local entry = self:bucket(hash)
    while entry ~= nil do
        if entry:matches(hash, key) then
            return true
        end
        entry = entry.next
    end
    return false
end

function Dictionary:at_put(key, value)
    local hash = self:hash_of(key)
    local i = self:bucket_index(hash)
    local head = self.buckets[i]
    if head == nil then
        self.buckets[i] = self:new_entry(key, value, hash)
        self.count = self.count + 1
    else
        self:insert_into_bucket(key, value, hash, head)
    end
    if self.count > self.capacity then
        self:resize()
    end
end

function Dictionary:new_entry(key, value, hash)
    return Entry.new(hash, key, value, nil)
end

function Dictionary:insert_into_bucket(key, value, hash, head)
    local entry = head
    while true do
        if entry:matches(hash, key) then
            entry.value = value
            return
        end
        if entry.next == nil then
            self.count = self.count + 1
            entry.next = self:new_entry(key, value, hash)
            return
        end
        entry = entry.next
    end
end

function Dictionary:resize()
    local old = self.buckets
    local old_capacity = self.capacity
    self.buckets = {}
    self.capacity = old_capacity * 2
    self:transfer_entries(old, old_capacity)
end

function Dictionary:transfer_entries(old, old_capacity)
    for i = 1, old_capacity do
        local head = old[i]
        if head ~= nil then
            if head.next == nil then
                self.buckets[self:bucket_index(head.hash)] = head
            else
                self:split_bucket(old_capacity, i, head)
            end
        end
    end
end

-- What was one chain becomes two, in the same order.
function Dictionary:split_bucket(old_capacity, i, head)
    local low_head, low_tail, high_head, high_tail
    local entry = head
    while entry ~= nil do
        if band(entry.hash, old_capacity) == 0 then
            if low_tail == nil then
                low_head = entry
            else
                low_tail.next = entry
            end
            low_tail = entry
        else
            if high_tail == nil then
                high_head = entry
            else
                high_tail.next = entry
            end
            high_tail = entry
        end
        entry = entry.next
    end
    if low_tail ~= nil then
        low_tail.next = nil
        self.buckets[i] = low_head
    end
    if high_tail ~= nil then
        high_tail.next = nil
        self.buckets[i + old_capacity] = high_head
    end
end

function Dictionary:remove_all()
    self.buckets = {}
    self.count = 0
end

function Dictionary:keys()
    local keys = Vector.new(self.count)
    for i = 1, self.capacity do
        local entry = self.buckets[i]
        while entry ~= nil do
            keys:append(entry.key)
            entry = entry.next
        end
    end
    return keys
end

function Dictionary:values()
    local values = Vector.new(self.count)
    for i = 1, self.capacity do
        local entry = self.buckets[i]
        while entry ~= nil do
            values:append(entry.value)
            entry = entry.next
        end
    end
    return values
end

local IdentityDictionary = class(Dictionary)

function IdentityDictionary.new(capacity)
    return setmetatable({ buckets = {}, capacity = capacity or INITIAL_CAPACITY, count = 0 }, IdentityDictionary)
end

function IdentityDictionary:new_entry(key, value, hash)
    return IdentityEntry.new(hash, key, value, nil)
end

return {
    class = class,
    Vector = Vector,
    Set = Set,
    IdentitySet = IdentitySet,
    Dictionary = Dictionary,
    IdentityDictionary = IdentityDictionary,
}
