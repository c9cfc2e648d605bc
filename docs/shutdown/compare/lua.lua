-- How Lua programs end. One question each; try one:  lua lua.lua order; echo $?
-- Lua has no exit handlers; what comes next to them are objects with a `__gc`, which is called at the end.
local kept = {}
local function say(word) print(word); io.stdout:flush() end
local function at_exit(handler) kept[#kept + 1] = setmetatable({}, { __gc = handler }) end
local function fail() error("boom") end

local function spin(seconds) local start = os.clock(); while os.clock() - start < seconds do end end

local questions = {
  order = function() at_exit(function() say("a") end); at_exit(function() say("b") end); say("main") end,
  late = function() at_exit(function() say("h"); at_exit(function() say("late") end) end) end,
  error = function() at_exit(function() say("handler") end); fail() end,
  handler_error = function()
    at_exit(function() say("a") end); at_exit(fail); at_exit(function() say("b") end)
  end,
  handler_exit = function()
    at_exit(function() say("a") end); at_exit(function() os.exit(3) end); at_exit(function() say("b") end)
  end,
  error_after_exit = function() at_exit(fail); os.exit(5, true) end, -- true: call the __gc
  hide = function() at_exit(function() os.exit(0) end); os.exit(5, true) end,
  exit_256 = function() os.exit(256) end,
  wait = function() at_exit(function() say("handler") end); say("ready"); spin(5) end,
  slow_handlers = function()
    at_exit(function() say("last") end)
    at_exit(function() say("h1"); spin(0.5) end)
    at_exit(function() say("h2"); spin(0.5) end)
  end,
  file_left_open = function() io.open("/dev/stdout", "a"):write("line\n") end,
  full = function() print("printed") end,
  reader_gone = function() for _ = 1, 100000 do print("line") end end,
  quick_exit = function() at_exit(function() say("handler") end); print("printed"); os.exit(7) end,
}
local question = questions[arg[1]]
if question then question() else os.exit(99) end
