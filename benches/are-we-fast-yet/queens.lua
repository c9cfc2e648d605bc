-- Queens: places eight queens on a board, ten times in each iteration.
package.path = (arg[0]:match("^.*/") or "./") .. "?.lua;" .. package.path
local harness = require("harness")

local queens = setmetatable({name = "Queens"}, harness.Benchmark)

function queens:benchmark()
    local result = true
    for _ = 1, 10 do
        result = result and self:queens()
    end
    return result
end

function queens:verify_result(result)
    return result
end

function queens:describe(result)
    local columns = {}
    for r = 1, 8 do
        columns[r] = self.queen_rows[r] - 1
    end
    return table.concat(columns, " ")
end

function queens:queens()
    self.free_rows = {true, true, true, true, true, true, true, true}
    self.free_maxs = {
        true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true,
    }
    self.free_mins = {
        true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true,
    }
    self.queen_rows = {-1, -1, -1, -1, -1, -1, -1, -1}
    return self:place_queen(1)
end

function queens:place_queen(c)
    for r = 1, 8 do
        if self:get_row_column(r, c) then
            self.queen_rows[r] = c
            self:set_row_column(r, c, false)
            if c == 8 then
                return true
            end
            if self:place_queen(c + 1) then
                return true
            end
            self:set_row_column(r, c, true)
        end
    end
    return false
end

function queens:get_row_column(r, c)
    return self.free_rows[r] and self.free_maxs[c + r] and self.free_mins[c - r + 8]
end

function queens:set_row_column(r, c, v)
    self.free_rows[r] = v
    self.free_maxs[c + r] = v
    self.free_mins[c - r + 8] = v
end

harness.run(queens, 1000)
