# How Ruby programs end. One question each; try one:  ruby ruby.rb order; echo $?
def say(word)
  puts word
  $stdout.flush
end

case ARGV[0]
when "order"
  at_exit { say "a" }
  at_exit { say "b" }
  say "main"
when "late"
  at_exit do
    say "h"
    at_exit { say "late" }
  end
when "exit_in_try"
  at_exit { say "handler" }
  begin
    exit 3
  ensure
    say "finally"
  end
when "error"
  at_exit { say "handler" }
  raise "boom"
when "handler_error"
  at_exit { say "a" }
  at_exit { raise "boom" }
  at_exit { say "b" }
when "handler_exit"
  at_exit { say "a" }
  at_exit { exit 3 }
  at_exit { say "b" }
when "error_after_exit"
  at_exit { raise "boom" }
  exit 5
when "hide"
  at_exit { exit 0 }
  exit 5
when "exit_256"
  exit 256
when "wait"
  at_exit { say "handler" }
  say "ready"
  sleep 5
when "slow_handlers"
  at_exit { say "last" }
  at_exit { say "h1"; sleep 0.5 }
  at_exit { say "h2"; sleep 0.5 }
when "quick_exit"
  at_exit { say "handler" }
  puts "printed"
  exit! 7
when "full"
  puts "printed"
when "reader_gone"
  100000.times { puts "line" }
when "file_left_open"
  $left = File.open("/dev/stdout", "a")
  $left.write("line\n")
when "fork"
  at_exit { say "handler" }
  if fork.nil?
    say "child"
  else
    Process.wait
    say "parent"
  end
when "thread_running"
  at_exit { say "handler" }
  Thread.new { sleep 0.3; say "thread" }
  say "main"
when "thread_error"
  Thread.new { raise "boom" }
  sleep 0.3
  say "main"
when "thread_exit"
  Thread.new { exit 4 }
  sleep 0.3
  say "main"
when "thread_in_handler"
  at_exit do
    Thread.new { say "thread" }.join
    say "handler"
  end
else
  exit 99
end
