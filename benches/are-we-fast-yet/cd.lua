-- CD: finds collisions of aircraft by drawing their motions into a map of voxels, a red-black tree.
package.path = (arg[0]:match("^.*/") or "./") .. "?.lua;" .. package.path
local som = require("som")
local class, Vector = som.class, som.Vector
local cos, floor, sin, sqrt = math.cos, math.floor, math.sin, math.sqrt

local AIRCRAFT = 100
local FRAMES = tonumber(arg[1]) or 200
-- The original knows how many collisions there are for some numbers of frames; so does this.
local EXPECTED_COLLISIONS = {[200] = 4305, [10] = 250}

local MIN_X = 0.0
local MIN_Y = 0.0
local MIN_Z = 0.0
local MAX_X = 1000.0
local MAX_Y = 1000.0
local MAX_Z = 10.0
local PROXIMITY_RADIUS = 1.0
local VOXEL_SIZE = PROXIMITY_RADIUS * 2.0

local function compare_numbers(a, b)
    if a == b then
        return 0
    end
    if a < b then
        return -1
    end
    if a > b then
        return 1
    end
    -- NaN comes before all numbers.
    return a == a and 1 or -1
end

local Vector2D = class()

function Vector2D.new(x, y)
    return setmetatable({ x = x, y = y }, Vector2D)
end

function Vector2D:plus(other)
    return Vector2D.new(self.x + other.x, self.y + other.y)
end

function Vector2D:minus(other)
    return Vector2D.new(self.x - other.x, self.y - other.y)
end

function Vector2D:compare_to(other)
    local result = compare_numbers(self.x, other.x)
    return result ~= 0 and result or compare_numbers(self.y, other.y)
end

local Vector3D = class()

function Vector3D.new(x, y, z)
    return setmetatable({ x = x, y = y, z = z }, Vector3D)
end

function Vector3D:plus(other)
    return Vector3D.new(self.x + other.x, self.y + other.y, self.z + other.z)
end

function Vector3D:minus(other)
    return Vector3D.new(self.x - other.x, self.y - other.y, self.z - other.z)
end

function Vector3D:times(amount)
    return Vector3D.new(self.x * amount, self.y * amount, self.z * amount)
end

function Vector3D:dot(other)
    return self.x * other.x + self.y * other.y + self.z * other.z
end

function Vector3D:squared_magnitude()
    return self:dot(self)
end

function Vector3D:magnitude()
    return sqrt(self:squared_magnitude())
end

local HORIZONTAL = Vector2D.new(VOXEL_SIZE, 0.0)
local VERTICAL = Vector2D.new(0.0, VOXEL_SIZE)

local RED = "red"
local BLACK = "black"

local function tree_minimum(node)
    local current = node
    while current.left ~= nil do
        current = current.left
    end
    return current
end

local Node = class()

function Node.new(key, value)
    return setmetatable({
        key = key,
        value = value,
        left = nil,
        right = nil,
        parent = nil,
        color = RED,
    }, Node)
end

function Node:successor()
    if self.right ~= nil then
        return tree_minimum(self.right)
    end
    local x = self
    local y = x.parent
    while y ~= nil and x == y.right do
        x = y
        y = y.parent
    end
    return y
end

local Entry = class()

function Entry.new(key, value)
    return setmetatable({ key = key, value = value }, Entry)
end

local InsertResult = class()

function InsertResult.new(is_new_entry, new_node, old_value)
    return setmetatable({
        is_new_entry = is_new_entry,
        new_node = new_node,
        old_value = old_value,
    }, InsertResult)
end

local RedBlackTree = class()

function RedBlackTree.new()
    return setmetatable({ root = nil }, RedBlackTree)
end

-- Sets the value of a key; the one that it had, or nil.
function RedBlackTree:put(key, value)
    local inserted = self:tree_insert(key, value)
    if not inserted.is_new_entry then
        return inserted.old_value
    end
    local x = inserted.new_node
    while x ~= self.root and x.parent.color == RED do
        if x.parent == x.parent.parent.left then
            local y = x.parent.parent.right
            if y ~= nil and y.color == RED then
                x.parent.color = BLACK
                y.color = BLACK
                x.parent.parent.color = RED
                x = x.parent.parent
            else
                if x == x.parent.right then
                    x = x.parent
                    self:left_rotate(x)
                end
                x.parent.color = BLACK
                x.parent.parent.color = RED
                self:right_rotate(x.parent.parent)
            end
        else
            -- The same with left and right exchanged.
            local y = x.parent.parent.left
            if y ~= nil and y.color == RED then
                x.parent.color = BLACK
                y.color = BLACK
                x.parent.parent.color = RED
                x = x.parent.parent
            else
                if x == x.parent.left then
                    x = x.parent
                    self:right_rotate(x)
                end
                x.parent.color = BLACK
                x.parent.parent.color = RED
                self:left_rotate(x.parent.parent)
            end
        end
    end
    self.root.color = BLACK
    return nil
end

-- Takes a key out; its value, or nil.
function RedBlackTree:remove(key)
    local z = self:find_node(key)
    if z == nil then
        return nil
    end
    -- y is the node that leaves its place in the tree, x the child that comes there, perhaps nil.
    local y = (z.left == nil or z.right == nil) and z or z:successor()
    local x = y.left or y.right
    local x_parent = y.parent
    if x ~= nil then
        x.parent = x_parent
    end
    if y.parent == nil then
        self.root = x
    elseif y == y.parent.left then
        y.parent.left = x
    else
        y.parent.right = x
    end

    if y ~= z then
        if y.color == BLACK then
            self:remove_fixup(x, x_parent)
        end
        y.parent = z.parent
        y.color = z.color
        y.left = z.left
        y.right = z.right
        if z.left ~= nil then
            z.left.parent = y
        end
        if z.right ~= nil then
            z.right.parent = y
        end
        if z.parent == nil then
            self.root = y
        elseif z.parent.left == z then
            z.parent.left = y
        else
            z.parent.right = y
        end
    elseif y.color == BLACK then
        self:remove_fixup(x, x_parent)
    end
    return z.value
end

function RedBlackTree:get(key)
    local node = self:find_node(key)
    return node and node.value
end

function RedBlackTree:for_each(fn)
    if self.root == nil then
        return
    end
    local current = tree_minimum(self.root)
    while current ~= nil do
        fn(Entry.new(current.key, current.value))
        current = current:successor()
    end
end

function RedBlackTree:find_node(key)
    local current = self.root
    while current ~= nil do
        local order = key:compare_to(current.key)
        if order == 0 then
            return current
        end
        if order < 0 then
            current = current.left
        else
            current = current.right
        end
    end
    return nil
end

function RedBlackTree:tree_insert(key, value)
    local y = nil
    local x = self.root
    while x ~= nil do
        y = x
        local order = key:compare_to(x.key)
        if order < 0 then
            x = x.left
        elseif order > 0 then
            x = x.right
        else
            local old_value = x.value
            x.value = value
            return InsertResult.new(false, nil, old_value)
        end
    end
    local z = Node.new(key, value)
    z.parent = y
    if y == nil then
        self.root = z
    elseif key:compare_to(y.key) < 0 then
        y.left = z
    else
        y.right = z
    end
    return InsertResult.new(true, z, nil)
end

function RedBlackTree:left_rotate(x)
    local y = x.right
    x.right = y.left
    if y.left ~= nil then
        y.left.parent = x
    end
    y.parent = x.parent
    if x.parent == nil then
        self.root = y
    elseif x == x.parent.left then
        x.parent.left = y
    else
        x.parent.right = y
    end
    y.left = x
    x.parent = y
    return y
end

function RedBlackTree:right_rotate(y)
    local x = y.left
    y.left = x.right
    if x.right ~= nil then
        x.right.parent = y
    end
    x.parent = y.parent
    if y.parent == nil then
        self.root = x
    elseif y == y.parent.left then
        y.parent.left = x
    else
        y.parent.right = x
    end
    x.right = y
    y.parent = x
    return x
end

function RedBlackTree:remove_fixup(start, start_parent)
    local x = start
    local x_parent = start_parent
    while x ~= self.root and (x == nil or x.color == BLACK) do
        if x == x_parent.left then
            -- There is always a sibling: the number of black nodes on both sides demands it.
            local w = x_parent.right
            if w.color == RED then
                w.color = BLACK
                x_parent.color = RED
                self:left_rotate(x_parent)
                w = x_parent.right
            end
            if (w.left == nil or w.left.color == BLACK) and (w.right == nil or w.right.color == BLACK) then
                w.color = RED
                x = x_parent
                x_parent = x.parent
            else
                if w.right == nil or w.right.color == BLACK then
                    w.left.color = BLACK
                    w.color = RED
                    self:right_rotate(w)
                    w = x_parent.right
                end
                w.color = x_parent.color
                x_parent.color = BLACK
                if w.right ~= nil then
                    w.right.color = BLACK
                end
                self:left_rotate(x_parent)
                x = self.root
                x_parent = x.parent
            end
        else
            -- The same with left and right exchanged.
            local w = x_parent.left
            if w.color == RED then
                w.color = BLACK
                x_parent.color = RED
                self:right_rotate(x_parent)
                w = x_parent.left
            end
            if (w.right == nil or w.right.color == BLACK) and (w.left == nil or w.left.color == BLACK) then
                w.color = RED
                x = x_parent
                x_parent = x.parent
            else
                if w.left == nil or w.left.color == BLACK then
                    w.right.color = BLACK
                    w.color = RED
                    self:left_rotate(w)
                    w = x_parent.left
                end
                w.color = x_parent.color
                x_parent.color = BLACK
                if w.left ~= nil then
                    w.left.color = BLACK
                end
                self:right_rotate(x_parent)
                x = self.root
                x_parent = x.parent
            end
        end
    end
    if x ~= nil then
        x.color = BLACK
    end
end

local CallSign = class()

function CallSign.new(value)
    return setmetatable({ value = value }, CallSign)
end

function CallSign:compare_to(other)
    if self.value == other.value then
        return 0
    end
    return self.value < other.value and -1 or 1
end

local Collision = class()

function Collision.new(aircraft_a, aircraft_b, position)
    return setmetatable({
        aircraft_a = aircraft_a,
        aircraft_b = aircraft_b,
        position = position,
    }, Collision)
end

local Motion = class()

function Motion.new(call_sign, pos_one, pos_two)
    return setmetatable({ call_sign = call_sign, pos_one = pos_one, pos_two = pos_two }, Motion)
end

function Motion:delta()
    return self.pos_two:minus(self.pos_one)
end

-- Where two aircraft, each at a constant speed, come nearer to each other than the radius; nil if nowhere.
function Motion:find_intersection(other)
    local init1 = self.pos_one
    local init2 = other.pos_one
    local vec1 = self:delta()
    local vec2 = other:delta()
    local radius = PROXIMITY_RADIUS

    -- The times at which the distance is just the radius solve a * v**2 + b * v + c = 0.
    local a = vec2:minus(vec1):squared_magnitude()
    if a ~= 0.0 then
        local b = 2.0 * init1:minus(init2):dot(vec1:minus(vec2))
        local c = -radius * radius + init2:minus(init1):squared_magnitude()
        local discriminant = b * b - 4.0 * a * c
        if discriminant < 0.0 then
            return nil
        end
        local v1 = (-b - sqrt(discriminant)) / (2.0 * a)
        local v2 = (-b + sqrt(discriminant)) / (2.0 * a)
        if v1 <= v2 and ((v1 <= 1.0 and 1.0 <= v2) or (v1 <= 0.0 and 0.0 <= v2) or (0.0 <= v1 and v2 <= 1.0)) then
            -- What began before this frame is reported at its beginning.
            local v = v1 <= 0.0 and 0.0 or v1
            local result1 = init1:plus(vec1:times(v))
            local result2 = init2:plus(vec2:times(v))
            local result = result1:plus(result2):times(0.5)
            if result.x >= MIN_X and result.x <= MAX_X and
                result.y >= MIN_Y and result.y <= MAX_Y and
                result.z >= MIN_Z and result.z <= MAX_Z then
                return result
            end
        end
        return nil
    end

    -- In parallel and with the same speed, or at rest: the distance stays.
    if init2:minus(init1):magnitude() <= radius then
        return init1:plus(init2):times(0.5)
    end
    return nil
end

local CollisionDetector = class()

function CollisionDetector.new()
    return setmetatable({ state = RedBlackTree.new() }, CollisionDetector)
end

function CollisionDetector:handle_new_frame(frame)
    local motions = Vector.new()
    local seen = RedBlackTree.new()
    frame:for_each(function(aircraft)
        local new_position = aircraft.position
        local old_position = self.state:put(aircraft.call_sign, new_position)
        seen:put(aircraft.call_sign, true)
        if old_position == nil then
            -- Who is new counts as being at rest.
            old_position = new_position
        end
        motions:append(Motion.new(aircraft.call_sign, old_position, new_position))
    end)

    local gone = Vector.new()
    self.state:for_each(function(entry)
        if not seen:get(entry.key) then
            gone:append(entry.key)
        end
    end)
    gone:for_each(function(call_sign)
        self.state:remove(call_sign)
    end)

    local collisions = Vector.new()
    self:reduce_collision_set(motions):for_each(function(reduced)
        for i = 1, reduced:size() do
            local motion1 = reduced:at(i)
            for j = i + 1, reduced:size() do
                local motion2 = reduced:at(j)
                local position = motion1:find_intersection(motion2)
                if position ~= nil then
                    collisions:append(Collision.new(motion1.call_sign, motion2.call_sign, position))
                end
            end
        end
    end)
    return collisions
end

function CollisionDetector:is_in_voxel(voxel, motion)
    if voxel.x > MAX_X or voxel.x < MIN_X or voxel.y > MAX_Y or voxel.y < MIN_Y then
        return false
    end
    local init = motion.pos_one
    local fin = motion.pos_two
    local v_s = VOXEL_SIZE
    local r = PROXIMITY_RADIUS / 2.0

    local v_x = voxel.x
    local x0 = init.x
    local xv = fin.x - init.x
    local v_y = voxel.y
    local y0 = init.y
    local yv = fin.y - init.y

    local low_x = (v_x - r - x0) / xv
    local high_x = (v_x + v_s + r - x0) / xv
    if xv < 0.0 then
        low_x, high_x = high_x, low_x
    end

    local low_y = (v_y - r - y0) / yv
    local high_y = (v_y + v_s + r - y0) / yv
    if yv < 0.0 then
        low_y, high_y = high_y, low_y
    end

    return (
        (
            (xv == 0.0 and v_x <= x0 + r and x0 - r <= v_x + v_s) or
            (low_x <= 1.0 and 1.0 <= high_x) or
            (low_x <= 0.0 and 0.0 <= high_x) or
            (0.0 <= low_x and high_x <= 1.0)
        ) and (
            (yv == 0.0 and v_y <= y0 + r and y0 - r <= v_y + v_s) or
            (low_y <= 1.0 and 1.0 <= high_y) or
            (low_y <= 0.0 and 0.0 <= high_y) or
            (0.0 <= low_y and high_y <= 1.0)
        ) and (
            xv == 0.0 or
            yv == 0.0 or
            (low_y <= high_x and high_x <= high_y) or
            (low_y <= low_x and low_x <= high_y) or
            (low_x <= low_y and high_y <= high_x)
        )
    )
end

function CollisionDetector:put_into_map(voxel_map, voxel, motion)
    local motions = voxel_map:get(voxel)
    if motions == nil then
        motions = Vector.new()
        voxel_map:put(voxel, motions)
    end
    motions:append(motion)
end

function CollisionDetector:recurse(voxel_map, seen, voxel, motion)
    if not self:is_in_voxel(voxel, motion) then
        return
    end
    if seen:put(voxel, true) then
        return
    end
    self:put_into_map(voxel_map, voxel, motion)

    self:recurse(voxel_map, seen, voxel:minus(HORIZONTAL), motion)
    self:recurse(voxel_map, seen, voxel:plus(HORIZONTAL), motion)
    self:recurse(voxel_map, seen, voxel:minus(VERTICAL), motion)
    self:recurse(voxel_map, seen, voxel:plus(VERTICAL), motion)
    self:recurse(voxel_map, seen, voxel:minus(HORIZONTAL):minus(VERTICAL), motion)
    self:recurse(voxel_map, seen, voxel:minus(HORIZONTAL):plus(VERTICAL), motion)
    self:recurse(voxel_map, seen, voxel:plus(HORIZONTAL):minus(VERTICAL), motion)
    self:recurse(voxel_map, seen, voxel:plus(HORIZONTAL):plus(VERTICAL), motion)
end

-- The motions of each voxel in which there is more than one.
function CollisionDetector:reduce_collision_set(motions)
    local voxel_map = RedBlackTree.new()
    motions:for_each(function(motion)
        self:draw_motion_on_voxel_map(voxel_map, motion)
    end)
    local result = Vector.new()
    voxel_map:for_each(function(entry)
        if entry.value:size() > 1 then
            result:append(entry.value)
        end
    end)
    return result
end

function CollisionDetector:voxel_hash(position)
    local x = VOXEL_SIZE * floor(position.x / VOXEL_SIZE)
    local y = VOXEL_SIZE * floor(position.y / VOXEL_SIZE)
    if position.x < 0.0 then
        x = x - VOXEL_SIZE
    end
    if position.y < 0.0 then
        y = y - VOXEL_SIZE
    end
    return Vector2D.new(x, y)
end

function CollisionDetector:draw_motion_on_voxel_map(voxel_map, motion)
    local seen = RedBlackTree.new()
    self:recurse(voxel_map, seen, self:voxel_hash(motion.pos_one), motion)
end

local Aircraft = class()

function Aircraft.new(call_sign, position)
    return setmetatable({ call_sign = call_sign, position = position }, Aircraft)
end

local Simulator = class()

function Simulator.new(count)
    local aircraft = Vector.new()
    for i = 1, count do
        aircraft:append(CallSign.new(i))
    end
    return setmetatable({ aircraft = aircraft }, Simulator)
end

function Simulator:simulate(time)
    local frame = Vector.new()
    for i = 1, self.aircraft:size() - 1, 2 do
        frame:append(Aircraft.new(self.aircraft:at(i), Vector3D.new(time, cos(time) * 2.0 + (i - 1) * 3.0, 10.0)))
        frame:append(Aircraft.new(self.aircraft:at(i + 1), Vector3D.new(time, sin(time) * 2.0 + (i - 1) * 3.0, 10.0)))
    end
    return frame
end

local function main()
    local simulator = Simulator.new(AIRCRAFT)
    local detector = CollisionDetector.new()
    local collisions = 0
    for i = 0, FRAMES - 1 do
        collisions = collisions + detector:handle_new_frame(simulator:simulate(i / 10.0)):size()
    end
    if collisions ~= (EXPECTED_COLLISIONS[FRAMES] or collisions) then
        error("found " .. collisions .. " collisions")
    end
    print("CD: " .. collisions .. " collisions of " .. AIRCRAFT .. " aircraft")
end

main()
