/* How C programs end. One question each; try one:  cc c.c -o c && ./c order; echo $? */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void say(const char *word) { puts(word); fflush(stdout); }
static void a(void) { say("a"); }
static void b(void) { say("b"); }
static void h(void) { say("h"); }
static void late(void) { say("late"); }
static void registers(void) { h(); atexit(late); }
static void handler(void) { say("handler"); }
static void exit_3(void) { exit(3); }
static void exit_0(void) { exit(0); }
static void last(void) { say("last"); }

static void sleep_for(double seconds) {
    struct timespec time = { (time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9) };
    nanosleep(&time, NULL);
}
static void h1(void) { say("h1"); sleep_for(0.5); }
static void h2(void) { say("h2"); sleep_for(0.5); }

static void *work(void *unused) { sleep_for(0.3); say("thread"); return unused; }
static void *speak(void *unused) { say("thread"); return unused; }
static void *exits(void *unused) { exit(4); return unused; }
static void starts_thread(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, speak, NULL);
    pthread_join(thread, NULL);
    handler();
}

int main(int argc, char **argv) {
    const char *question = argc > 1 ? argv[1] : "";
    if (!strcmp(question, "order")) {
        atexit(a);
        atexit(b);
        say("main");
    } else if (!strcmp(question, "late")) {
        atexit(registers);
    } else if (!strcmp(question, "error")) { /* C has no exceptions; this is its way to say that all is lost */
        atexit(handler);
        abort();
    } else if (!strcmp(question, "handler_exit")) { /* not defined by the standard, so anything may happen */
        atexit(a);
        atexit(exit_3);
        atexit(b);
    } else if (!strcmp(question, "hide")) {
        atexit(exit_0);
        exit(5);
    } else if (!strcmp(question, "exit_256")) {
        exit(256);
    } else if (!strcmp(question, "wait")) {
        atexit(handler);
        say("ready");
        sleep(5);
    } else if (!strcmp(question, "slow_handlers")) {
        atexit(last);
        atexit(h1);
        atexit(h2);
    } else if (!strcmp(question, "quick_exit")) {
        atexit(handler);
        puts("printed");
        _exit(7);
    } else if (!strcmp(question, "full")) {
        puts("printed");
    } else if (!strcmp(question, "reader_gone")) {
        for (int i = 0; i < 100000; i++) puts("line");
    } else if (!strcmp(question, "file_left_open")) {
        fputs("line\n", fopen("/dev/stdout", "a"));
    } else if (!strcmp(question, "fork")) {
        atexit(handler);
        if (fork() == 0) {
            say("child");
        } else {
            wait(NULL);
            say("parent");
        }
    } else if (!strcmp(question, "thread_running")) {
        pthread_t thread;
        atexit(handler);
        pthread_create(&thread, NULL, work, NULL);
        say("main");
    } else if (!strcmp(question, "thread_exit")) {
        pthread_t thread;
        pthread_create(&thread, NULL, exits, NULL);
        sleep_for(0.3);
        say("main");
    } else if (!strcmp(question, "thread_in_handler")) {
        atexit(starts_thread);
    } else {
        return 99;
    }
    return 0;
}
