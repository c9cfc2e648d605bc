# How Python programs end. One function for each question; try one:  python3 python.py order; echo $?
from __future__ import print_function
import atexit, os, sys, threading, time

def say(word):
    print(word)
    sys.stdout.flush()

def fail():
    raise ValueError("boom")

def slow(word):
    say(word)
    time.sleep(0.5)

def order():
    atexit.register(say, "a")
    atexit.register(say, "b")
    say("main")

def late():
    def h():
        say("h")
        atexit.register(say, "late")
    atexit.register(h)

def take_back():
    if not hasattr(atexit, "unregister"): # Python 2
        sys.exit(99)
    def a():
        say("a")
    def h():
        say("h")
        atexit.unregister(a)
    atexit.register(a)
    atexit.register(h)

def run_now():
    atexit.register(say, "a")
    atexit.register(fail)
    try:
        atexit._run_exitfuncs()
        say("nothing to catch")
    except ValueError:
        say("caught")

def exit_in_try():
    atexit.register(say, "handler")
    try:
        sys.exit(3)
    finally:
        say("finally")

def error():
    atexit.register(say, "handler")
    fail()

def handler_error():
    atexit.register(say, "a")
    atexit.register(fail)
    atexit.register(say, "b")

def handler_exit():
    atexit.register(say, "a")
    atexit.register(sys.exit, 3)
    atexit.register(say, "b")

def error_after_exit():
    atexit.register(fail)
    sys.exit(5)

def hide():
    atexit.register(sys.exit, 0)
    sys.exit(5)

def exit_256():
    sys.exit(256)

def wait():
    atexit.register(say, "handler")
    say("ready")
    time.sleep(5)

def slow_handlers():
    atexit.register(say, "last")
    atexit.register(slow, "h1")
    atexit.register(slow, "h2")

def quick_exit():
    atexit.register(say, "handler")
    print("printed")
    os._exit(7)

def full():
    print("printed")

def reader_gone():
    for i in range(100000):
        print("line")

def file_left_open():
    global left
    left = open("/dev/stdout", "a")
    left.write("line\n")

def fork():
    atexit.register(say, "handler")
    if os.fork() == 0:
        say("child")
    else:
        os.wait()
        say("parent")

def thread_running():
    def work():
        time.sleep(0.3)
        say("thread")
    atexit.register(say, "handler")
    threading.Thread(target=work).start()
    say("main")

def thread_error():
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    say("main")

def thread_exit():
    thread = threading.Thread(target=sys.exit, args=(4,))
    thread.start()
    thread.join()
    say("main")

def thread_in_handler():
    def h():
        thread = threading.Thread(target=say, args=("thread",))
        thread.start()
        thread.join()
        say("handler")
    atexit.register(h)

globals()[sys.argv[1]]()
