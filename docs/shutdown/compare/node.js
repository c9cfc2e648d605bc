// How Node programs end. One function for each question; try one:  node node.js order; echo $?
const { Worker, isMainThread } = require("worker_threads");
const fs = require("fs");

const say = (word) => fs.writeSync(1, word + "\n");
const fail = () => { throw new Error("boom"); };
const sleep = (seconds) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
const atExit = (handler) => process.on("exit", handler);

const questions = {
  order() {
    atExit(() => say("a"));
    atExit(() => say("b"));
    say("main");
  },
  late() {
    atExit(() => {
      say("h");
      atExit(() => say("late"));
    });
  },
  take_back() {
    const a = () => say("a");
    atExit(() => {
      say("h");
      process.off("exit", a);
    });
    atExit(a);
  },
  exit_in_try() {
    atExit(() => say("handler"));
    try {
      process.exit(3);
    } finally {
      say("finally");
    }
  },
  error() {
    atExit(() => say("handler"));
    fail();
  },
  handler_error() {
    atExit(() => say("a"));
    atExit(fail);
    atExit(() => say("b"));
  },
  handler_exit() {
    atExit(() => say("a"));
    atExit(() => process.exit(3));
    atExit(() => say("b"));
  },
  error_after_exit() {
    atExit(fail);
    process.exit(5);
  },
  hide() {
    atExit(() => process.exit(0));
    process.exit(5);
  },
  exit_256() {
    process.exit(256);
  },
  wait() {
    atExit(() => say("handler"));
    say("ready");
    setTimeout(() => {}, 5000);
  },
  slow_handlers() { // called in the order of their registration
    atExit(() => { say("h2"); sleep(0.5); });
    atExit(() => { say("h1"); sleep(0.5); });
    atExit(() => say("last"));
  },
  quick_exit() { // nothing skips the handlers but a signal; process.reallyExit is internal
    atExit(() => say("handler"));
    console.log("printed");
    process.reallyExit(7);
  },
  full() {
    console.log("printed");
  },
  reader_gone() {
    for (let i = 0; i < 100000; i++) console.log("line");
  },
  file_left_open() {
    fs.createWriteStream("/dev/stdout", { flags: "a" }).write("line\n");
  },
  thread_running() {
    atExit(() => say("handler"));
    new Worker(`setTimeout(() => require("fs").writeSync(1, "thread\\n"), 300)`, { eval: true });
    say("main");
  },
  thread_error() {
    new Worker(`throw new Error("boom")`, { eval: true });
    setTimeout(() => say("main"), 300);
  },
  thread_exit() {
    new Worker("process.exit(4)", { eval: true });
    setTimeout(() => say("main"), 300);
  },
  thread_in_handler() {
    atExit(() => {
      new Worker(`require("fs").writeSync(1, "thread\\n")`, { eval: true });
      sleep(0.3);
      say("handler");
    });
  },
};

const question = questions[process.argv[2]];
if (question) question(); else process.exit(99);
