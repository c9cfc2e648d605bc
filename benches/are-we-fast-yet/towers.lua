-- Towers: the towers of Hanoi, with thirteen disks moved from one pile to another.
package.path = (arg[0]:match("^.*/") or "./") .. "?.lua;" .. package.path
local harness = require("harness")

local function new_disk(size)
    return {size = size, next = nil}
end

local towers = setmetatable({name = "Towers"}, harness.Benchmark)

function towers:benchmark()
    self.piles = {}
    self:build_tower_at(1, 13)
    self.moves_done = 0
    self:move_disks(13, 1, 2)
    return self.moves_done
end

function towers:verify_result(result)
    return result == 8191
end

function towers:push_disk(disk, pile)
    local top = self.piles[pile]
    if top and disk.size >= top.size then
        error("a large disk cannot lie on a smaller one")
    end
    disk.next = top
    self.piles[pile] = disk
end

function towers:pop_disk_from(pile)
    local top = self.piles[pile]
    if not top then
        error("there is no disk on this pile")
    end
    self.piles[pile] = top.next
    top.next = nil
    return top
end

function towers:move_top_disk(from_pile, to_pile)
    self:push_disk(self:pop_disk_from(from_pile), to_pile)
    self.moves_done = self.moves_done + 1
end

function towers:build_tower_at(pile, disks)
    for i = disks, 0, -1 do
        self:push_disk(new_disk(i), pile)
    end
end

function towers:move_disks(disks, from_pile, to_pile)
    if disks == 1 then
        self:move_top_disk(from_pile, to_pile)
    else
        local other_pile = 6 - from_pile - to_pile
        self:move_disks(disks - 1, from_pile, other_pile)
        self:move_top_disk(from_pile, to_pile)
        self:move_disks(disks - 1, other_pile, to_pile)
    end
end

harness.run(towers, 350)
