(* How OCaml programs end. One case for each question; try one:
   ocamlopt -I +unix -I +threads unix.cmxa threads.cmxa ocaml.ml -o ml && ./ml order; echo $? *)
let say word = print_endline word
let fail () = failwith "boom"
let slow word () = say word; Unix.sleepf 0.5

let () =
  match (try Sys.argv.(1) with _ -> "") with
  | "order" ->
    at_exit (fun () -> say "a");
    at_exit (fun () -> say "b");
    say "main"
  | "late" -> at_exit (fun () -> say "h"; at_exit (fun () -> say "late"))
  | "exit_in_try" ->
    at_exit (fun () -> say "handler");
    Fun.protect ~finally:(fun () -> say "finally") (fun () -> exit 3)
  | "error" -> at_exit (fun () -> say "handler"); fail ()
  | "handler_error" ->
    at_exit (fun () -> say "a");
    at_exit fail;
    at_exit (fun () -> say "b")
  | "handler_exit" ->
    at_exit (fun () -> say "a");
    at_exit (fun () -> exit 3);
    at_exit (fun () -> say "b")
  | "error_after_exit" -> at_exit fail; exit 5
  | "hide" -> at_exit (fun () -> exit 0); exit 5
  | "exit_256" -> exit 256
  | "wait" -> at_exit (fun () -> say "handler"); say "ready"; Unix.sleep 5
  | "slow_handlers" ->
    at_exit (fun () -> say "last");
    at_exit (slow "h1");
    at_exit (slow "h2")
  | "quick_exit" -> at_exit (fun () -> say "handler"); print_string "printed\n"; Unix._exit 7
  | "full" -> print_string "printed\n"
  | "reader_gone" -> for _ = 1 to 100000 do print_string "line\n" done
  | "file_left_open" -> output_string (open_out_gen [Open_append] 0 "/dev/stdout") "line\n"
  | "fork" ->
    at_exit (fun () -> say "handler");
    if Unix.fork () = 0 then say "child" else (ignore (Unix.wait ()); say "parent")
  | "thread_running" ->
    at_exit (fun () -> say "handler");
    ignore (Thread.create (fun () -> Unix.sleepf 0.3; say "thread") ());
    say "main"
  | "thread_error" -> Thread.join (Thread.create fail ()); say "main"
  | "thread_exit" ->
    ignore (Thread.create (fun () -> exit 4) ());
    Unix.sleepf 0.3;
    say "main"
  | "thread_in_handler" ->
    at_exit (fun () -> Thread.join (Thread.create say "thread"); say "handler")
  | _ -> exit 99
