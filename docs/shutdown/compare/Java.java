import java.io.BufferedWriter;
import java.io.FileWriter;

// How Java programs end. One case for each question; try one:  java Java.java order; echo $?
public class Java {
    static void say(String word) {
        System.out.println(word);
        System.out.flush();
    }

    static void sleep(double seconds) {
        try {
            Thread.sleep((long) (seconds * 1000));
        } catch (InterruptedException e) {
            say("interrupted");
        }
    }

    static void fail() {
        throw new RuntimeException("boom");
    }

    // An exit handler is a thread that has not been started yet; all are started at once.
    static Thread atExit(Runnable handler) {
        Thread hook = new Thread(handler);
        Runtime.getRuntime().addShutdownHook(hook);
        return hook;
    }

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "order" -> {
                // The second one waits a little, or the order would be a matter of luck.
                atExit(() -> say("a"));
                atExit(() -> { sleep(0.2); say("b"); });
                say("main");
            }
            case "late" -> atExit(() -> {
                say("h");
                atExit(() -> say("late"));
            });
            case "take_back" -> {
                Thread a = atExit(() -> { sleep(0.2); say("a"); });
                atExit(() -> {
                    say("h");
                    Runtime.getRuntime().removeShutdownHook(a);
                });
            }
            case "exit_in_try" -> {
                atExit(() -> say("handler"));
                try {
                    System.exit(3);
                } finally {
                    say("finally");
                }
            }
            case "error" -> {
                atExit(() -> say("handler"));
                fail();
            }
            case "handler_error" -> {
                atExit(() -> { sleep(0.2); say("a"); });
                atExit(() -> { sleep(0.1); fail(); });
                atExit(() -> say("b"));
            }
            case "handler_exit" -> {
                atExit(() -> { sleep(0.2); say("a"); });
                atExit(() -> { sleep(0.1); System.exit(3); });
                atExit(() -> say("b"));
            }
            case "error_after_exit" -> {
                atExit(() -> fail());
                System.exit(5);
            }
            case "hide" -> {
                atExit(() -> System.exit(0));
                System.exit(5);
            }
            case "exit_256" -> System.exit(256);
            case "wait" -> {
                atExit(() -> say("handler"));
                say("ready");
                Thread.sleep(5000);
            }
            case "slow_handlers" -> {
                atExit(() -> { say("h2"); sleep(1); });
                atExit(() -> { sleep(0.5); say("h1"); sleep(0.5); });
                atExit(() -> { sleep(1); say("last"); });
            }
            case "quick_exit" -> {
                atExit(() -> say("handler"));
                System.out.println("printed");
                Runtime.getRuntime().halt(7);
            }
            case "full" -> System.out.println("printed");
            case "reader_gone" -> {
                for (int i = 0; i < 100000; i++) System.out.println("line");
            }
            case "file_left_open" -> {
                BufferedWriter left = new BufferedWriter(new FileWriter("/dev/stdout", true));
                left.write("line\n");
            }
            case "thread_running" -> {
                atExit(() -> say("handler"));
                new Thread(() -> { sleep(0.3); say("thread"); }).start();
                say("main");
            }
            case "thread_error" -> {
                Thread thread = new Thread(() -> fail());
                thread.start();
                thread.join();
                say("main");
            }
            case "thread_exit" -> {
                new Thread(() -> System.exit(4)).start();
                sleep(0.3);
                say("main");
            }
            case "thread_in_handler" -> atExit(() -> {
                new Thread(() -> say("thread")).start();
                sleep(0.2);
                say("handler");
            });
            default -> System.exit(99);
        }
    }
}
