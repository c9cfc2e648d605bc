# How Perl programs end. One question each; try one:  perl perl.pl order; echo $?
use POSIX ();
$| = 1;
my $question = shift // "";
my %questions;
my @handlers;

sub say { print "$_[0]\n" }

# An END block is called at the end, the last one first. This makes one while the program runs.
sub at_exit {
    push @handlers, shift;
    my $i = $#handlers;
    eval "END { \$handlers[$i]->() }";
}

%questions = (
    order => sub { at_exit(sub { say("a") }); at_exit(sub { say("b") }); say("main") },
    late => sub { at_exit(sub { say("h"); at_exit(sub { say("late") }) }) },
    error => sub { at_exit(sub { say("handler") }); die "boom\n" },
    handler_error => sub {
        at_exit(sub { say("a") });
        at_exit(sub { die "boom\n" });
        at_exit(sub { say("b") });
    },
    handler_exit => sub {
        at_exit(sub { say("a") });
        at_exit(sub { exit 3 });
        at_exit(sub { say("b") });
    },
    error_after_exit => sub { at_exit(sub { die "boom\n" }); exit 5 },
    hide => sub { at_exit(sub { exit 0 }); exit 5 },
    exit_256 => sub { exit 256 },
    wait => sub { at_exit(sub { say("handler") }); say("ready"); sleep 5 },
    slow_handlers => sub {
        at_exit(sub { say("last") });
        at_exit(sub { say("h1"); select undef, undef, undef, 0.5 });
        at_exit(sub { say("h2"); select undef, undef, undef, 0.5 });
    },
    quick_exit => sub { at_exit(sub { say("handler") }); $| = 0; say("printed"); POSIX::_exit(7) },
    full => sub { say("printed") },
    reader_gone => sub { say("line") for 1 .. 100000 },
    exit_in_try => sub { # `finally` is there since Perl 5.36
        at_exit(sub { say("handler") });
        eval q{
            use feature "try"; no warnings;
            try { exit 3 } catch ($e) {} finally { say("finally") }
        };
    },
    file_left_open => sub { open(our $left, ">>", "/dev/stdout"); print $left "line\n" },
    thread_running => sub {
        require threads;
        at_exit(sub { say("handler") });
        threads->create(sub { select undef, undef, undef, 0.3; say("thread") });
        say("main");
    },
    thread_error => sub { require threads; threads->create(sub { die "boom\n" })->join; say("main") },
    thread_exit => sub {
        require threads;
        threads->create(sub { exit 4 });
        select undef, undef, undef, 0.3;
        say("main");
    },
    fork => sub {
        at_exit(sub { say("handler") });
        if (fork == 0) { say("child") } else { wait; say("parent") }
    },
);

$questions{$question} ? $questions{$question}->() : exit 99;
