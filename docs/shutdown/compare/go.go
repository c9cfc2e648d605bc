// How Go programs end. One case for each question; try one:  go run go.go order; echo $?
// Go has no exit handlers; what comes next to them is `defer` in main.
package main

import (
	"bufio"
	"fmt"
	"os"
	"time"
)

func say(word string) { fmt.Println(word) }

func main() {
	question := ""
	if len(os.Args) > 1 {
		question = os.Args[1]
	}
	switch question {
	case "order":
		defer say("a")
		defer say("b")
		say("main")
	case "exit_in_try":
		defer say("handler")
		func() {
			defer say("finally")
			os.Exit(3)
		}()
	case "error":
		defer say("handler")
		panic("boom")
	case "handler_error":
		defer say("a")
		defer panic("boom")
		defer say("b")
	case "handler_exit":
		defer say("a")
		defer os.Exit(3)
		defer say("b")
	case "error_after_exit":
		defer panic("boom")
		os.Exit(5)
	case "hide":
		defer os.Exit(0)
		os.Exit(5)
	case "exit_256":
		os.Exit(256)
	case "wait":
		defer say("handler")
		say("ready")
		time.Sleep(5 * time.Second)
	case "slow_handlers":
		defer say("last")
		defer func() { say("h1"); time.Sleep(500 * time.Millisecond) }()
		defer func() { say("h2"); time.Sleep(500 * time.Millisecond) }()
	case "quick_exit":
		defer say("handler")
		fmt.Println("printed")
		os.Exit(7)
	case "full":
		fmt.Println("printed")
	case "reader_gone":
		for i := 0; i < 100000; i++ {
			fmt.Println("line")
		}
	case "file_left_open":
		left, _ := os.OpenFile("/dev/stdout", os.O_APPEND|os.O_WRONLY, 0)
		bufio.NewWriter(left).WriteString("line\n")
	case "thread_running":
		defer say("handler")
		go func() { time.Sleep(300 * time.Millisecond); say("thread") }()
		say("main")
	case "thread_error":
		go func() { panic("boom") }()
		time.Sleep(300 * time.Millisecond)
		say("main")
	case "thread_exit":
		go os.Exit(4)
		time.Sleep(300 * time.Millisecond)
		say("main")
	case "thread_in_handler":
		defer func() {
			done := make(chan bool)
			go func() { say("thread"); done <- true }()
			<-done
			say("handler")
		}()
	default:
		os.Exit(99)
	}
}
