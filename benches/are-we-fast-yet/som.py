"""Collections written in the language itself, so that programs that use them compare interpreters, not libraries."""

INITIAL_SIZE = 10
INITIAL_CAPACITY = 16


class Vector:
    """A list that grows by doubling and is shortened at its front without moving anything."""

    def __init__(self, size=0):
        self.storage = [None] * size if size > 0 else None
        self.first_index = 0
        self.last_index = 0

    @staticmethod
    def with_item(item):
        vector = Vector(1)
        vector.append(item)
        return vector

    def at(self, index):
        if self.storage is None or index >= len(self.storage):
            return None
        return self.storage[index]

    def at_put(self, index, value):
        if self.storage is None:
            self.storage = [None] * max(index + 1, INITIAL_SIZE)
        elif index >= len(self.storage):
            size = len(self.storage)
            while size <= index:
                size *= 2
            self.storage = self.storage + [None] * (size - len(self.storage))
        self.storage[index] = value
        if self.last_index < index + 1:
            self.last_index = index + 1

    def append(self, item):
        if self.storage is None:
            self.storage = [None] * INITIAL_SIZE
        elif self.last_index >= len(self.storage):
            self.storage = self.storage + [None] * len(self.storage)
        self.storage[self.last_index] = item
        self.last_index += 1

    def is_empty(self):
        return self.last_index == self.first_index

    def size(self):
        return self.last_index - self.first_index

    def capacity(self):
        return 0 if self.storage is None else len(self.storage)

    def for_each(self, function):
        for i in range(self.first_index, self.last_index):
            function(self.storage[i])

    def has_some(self, function):
        for i in range(self.first_index, self.last_index):
            if function(self.storage[i]):
                return True
        return False

    def get_one(self, function):
        for i in range(self.first_index, self.last_index):
            item = self.storage[i]
            if function(item):
                return item
        return None

    def remove_first(self):
        if self.is_empty():
            return None
        self.first_index += 1
        return self.storage[self.first_index - 1]

    def remove(self, unwanted):
        if self.storage is None or self.is_empty():
            return False
        kept = [None] * self.capacity()
        last = 0
        found = False

        def keep(item):
            nonlocal last, found
            if item is unwanted:
                found = True
            else:
                kept[last] = item
                last += 1

        self.for_each(keep)
        self.storage = kept
        self.first_index = 0
        self.last_index = last
        return found

    def remove_all(self):
        self.first_index = 0
        self.last_index = 0
        if self.storage is not None:
            self.storage = [None] * len(self.storage)

    def sort(self, precedes):
        """Sorts by a function that says whether its first argument precedes its second."""
        if self.size() > 0:
            self.sort_range(self.first_index, self.last_index - 1, precedes)

    def sort_range(self, i, j, precedes):
        n = j + 1 - i
        if n <= 1:
            return
        storage = self.storage
        if not precedes(storage[i], storage[j]):
            self.swap(i, j)
        if n == 2:
            return

        # The median of the first, the middle and the last item goes to the middle.
        middle = (i + j) // 2
        if not precedes(storage[i], storage[middle]):
            self.swap(i, middle)
        elif not precedes(storage[middle], storage[j]):
            self.swap(middle, j)
        if n == 3:
            return

        median = storage[middle]
        k = i
        l = j - 1
        while True:
            while k <= l and precedes(median, storage[l]):
                l -= 1
            k += 1
            while k <= l and precedes(storage[k], median):
                k += 1
            if k > l:
                break
            self.swap(k, l)
        self.sort_range(i, l, precedes)
        self.sort_range(k, j, precedes)

    def swap(self, i, j):
        item = self.storage[i]
        self.storage[i] = self.storage[j]
        self.storage[j] = item


class Set:
    """A set that looks through its items."""

    def __init__(self, size=INITIAL_SIZE):
        self.items = Vector(size)

    def size(self):
        return self.items.size()

    def for_each(self, function):
        self.items.for_each(function)

    def has_some(self, function):
        return self.items.has_some(function)

    def get_one(self, function):
        return self.items.get_one(function)

    def add(self, item):
        if not self.contains(item):
            self.items.append(item)

    def remove_all(self):
        self.items.remove_all()

    def collect(self, function):
        results = Vector()
        self.for_each(lambda item: results.append(function(item)))
        return results

    def contains(self, wanted):
        return self.has_some(lambda item: item == wanted)


class IdentitySet(Set):
    def contains(self, wanted):
        return self.has_some(lambda item: item is wanted)


class Entry:
    def __init__(self, hash, key, value, next):
        self.hash = hash
        self.key = key
        self.value = value
        self.next = next

    def matches(self, hash, key):
        return self.hash == hash and self.key == key


class IdentityEntry(Entry):
    def matches(self, hash, key):
        return self.hash == hash and self.key is key


class Dictionary:
    """A hash table with chains; its keys say their hash themselves."""

    def __init__(self, capacity=INITIAL_CAPACITY):
        self.buckets = [None] * capacity
        self.count = 0

    def hash_of(self, key):
        if key is None:
            return 0
        hash = key.custom_hash()
        return hash ^ (hash >> 16)

    def size(self):
        return self.count

    def is_empty(self):
        return self.count == 0

    def bucket_index(self, hash):
        return (len(self.buckets) - 1) & hash

    def bucket(self, hash):
        return self.buckets[self.bucket_index(hash)]

    def at(self, key):
        hash = self.hash_of(key)
        entry = self.bucket(hash)
        while entry is not None:
            if entry.matches(hash, key):
                return entry.value
            entry = entry.next
        return None

    def contains_key(self, key):
        hash = self.hash_of(key)
        entry = self.bucket(hash)
        while entry is not None:
            if entry.matches(hash, key):
                return True
            entry = entry.next
        return False

    def at_put(self, key, value):
        hash = self.hash_of(key)
        i = self.bucket_index(hash)
        head = self.buckets[i]
        if head is None:
            self.buckets[i] = self.new_entry(key, value, hash)
            self.count += 1
        else:
            self.insert_into_bucket(key, value, hash, head)
        if self.count > len(self.buckets):
            self.resize()

    def new_entry(self, key, value, hash):
        return Entry(hash, key, value, None)

    def insert_into_bucket(self, key, value, hash, head):
        entry = head
        while True:
            if entry.matches(hash, key):
                entry.value = value
                return
            if entry.next is None:
                self.count += 1
                entry.next = self.new_entry(key, value, hash)
                return
            entry = entry.next

    def resize(self):
        old = self.buckets
        self.buckets = [None] * (len(old) * 2)
        self.transfer_entries(old)

    def transfer_entries(self, old):
        for i in range(len(old)):
            head = old[i]
            if head is not None:
                if head.next is None:
                    self.buckets[self.bucket_index(head.hash)] = head
                else:
                    self.split_bucket(len(old), i, head)

    # What was one chain becomes two, in the same order.
    def split_bucket(self, old_capacity, i, head):
        low_head = None
        low_tail = None
        high_head = None
        high_tail = None
        entry = head
        while entry is not None:
            if entry.hash & old_capacity == 0:
                if low_tail is None:
                    low_head = entry
                else:
                    low_tail.next = entry
                low_tail = entry
            else:
                if high_tail is None:
                    high_head = entry
                else:
                    high_tail.next = entry
                high_tail = entry
            entry = entry.next
        if low_tail is not None:
            low_tail.next = None
            self.buckets[i] = low_head
        if high_tail is not None:
            high_tail.next = None
            self.buckets[i + old_capacity] = high_head

    def remove_all(self):
        self.buckets = [None] * len(self.buckets)
        self.count = 0

    def keys(self):
        keys = Vector(self.count)
        for entry in self.buckets:
            while entry is not None:
                keys.append(entry.key)
                entry = entry.next
        return keys

    def values(self):
        values = Vector(self.count)
        for entry in self.buckets:
            while entry is not None:
                values.append(entry.value)
                entry = entry.next
        return values


class IdentityDictionary(Dictionary):
    def new_entry(self, key, value, hash):
        return IdentityEntry(hash, key, value, None)
