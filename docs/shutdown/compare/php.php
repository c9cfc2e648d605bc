<?php
// How PHP programs end. One case for each question; try one:  php php.php order; echo $?
function say($word) { echo "$word\n"; }
function fail() { throw new Exception("boom"); }
function at_exit($handler) { register_shutdown_function($handler); }
function slow($word) { say($word); usleep(500000); }

switch ($argv[1]) {
    case "order":
        at_exit(fn() => say("a"));
        at_exit(fn() => say("b"));
        say("main");
        break;
    case "late":
        at_exit(function () {
            say("h");
            at_exit(fn() => say("late"));
        });
        break;
    case "exit_in_try":
        at_exit(fn() => say("handler"));
        try {
            exit(3);
        } finally {
            say("finally");
        }
    case "error":
        at_exit(fn() => say("handler"));
        fail();
    case "handler_error":
        at_exit(fn() => say("a"));
        at_exit("fail");
        at_exit(fn() => say("b"));
        break;
    case "handler_exit":
        at_exit(fn() => say("a"));
        at_exit(fn() => exit(3));
        at_exit(fn() => say("b"));
        break;
    case "error_after_exit":
        at_exit("fail");
        exit(5);
    case "hide":
        at_exit(fn() => exit(0));
        exit(5);
    case "exit_256":
        exit(256);
    case "wait":
        at_exit(fn() => say("handler"));
        say("ready");
        sleep(5);
        break;
    case "slow_handlers": // called in the order of their registration
        at_exit(fn() => slow("h2"));
        at_exit(fn() => slow("h1"));
        at_exit(fn() => say("last"));
        break;
    case "full":
        say("printed");
        break;
    case "reader_gone":
        for ($i = 0; $i < 100000; $i++) say("line");
        break;
    case "file_left_open":
        $left = fopen("/dev/stdout", "a");
        fwrite($left, "line\n");
        break;
    case "fork":
        at_exit(fn() => say("handler"));
        if (pcntl_fork() == 0) {
            say("child");
        } else {
            pcntl_wait($status);
            say("parent");
        }
        break;
    default:
        exit(99);
}
