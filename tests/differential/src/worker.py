# Runs programs one after the other, each in a namespace of its own. A request is a line with the number of bytes of the
# program, then the program; the answer is a line with two numbers, then so many bytes of output and of what ended it.
import gc as _t_gc
import signal as _t_signal
import sys as _t_sys

_t_requests, _t_answers = _t_sys.stdin.buffer, _t_sys.stdout.buffer
_t_sys.stdin = _t_io.StringIO()
_t_sys.stdout = _t_sys.stderr = _t_io.StringIO()


def _t_stop(*_):
    raise _t_Timeout


_t_signal.signal(_t_signal.SIGALRM, _t_stop)
try:
    import resource as _t_resource

    _t_resource.setrlimit(_t_resource.RLIMIT_AS, (1 << 30, 1 << 30))
except (ImportError, ValueError, OSError):
    pass
_t_names = {k: v for k, v in globals().items() if k.startswith("_t_")}


def _t_run(source):
    _t_output.clear()
    _t_size[0] = 0
    space = {"__name__": "__main__", "__builtins__": _t_builtins, **_t_names}
    end = ""
    _t_signal.setitimer(_t_signal.ITIMER_REAL, 2)
    try:
        exec(compile(source, "<program>", "exec"), space)
    except _t_Timeout:
        end = "timeout"
    except SystemExit as error:
        end = f"SystemExit: {error.code}"
    except BaseException as error:
        end = f"{_t_name(type(error))}: {_t_str(error)}"
    # As Toy does at the end of a program, the newest first. What goes wrong here is for standard error.
    for generator in reversed(_t_generators):
        try:
            generator.close()
        except _t_Timeout:
            end = "timeout"
            break
        except BaseException:
            pass
    _t_signal.setitimer(_t_signal.ITIMER_REAL, 0)
    output = "".join(_t_output)
    return output, end


_t_gc.disable()
_t_count = 0
while _t_line := _t_requests.readline():
    _t_source = _t_requests.read(int(_t_line)).decode()
    _t_texts = [text.encode("utf-8", "surrogatepass") for text in _t_run(_t_source)]
    _t_generators.clear()
    _t_statics.clear()
    # Between programs, so that nothing that one has left behind speaks in the next.
    _t_count += 1
    if _t_count % 50 == 0:
        _t_gc.collect()
    _t_answers.write(b"%d %d\n" % (len(_t_texts[0]), len(_t_texts[1])) + b"".join(_t_texts))
    _t_answers.flush()
