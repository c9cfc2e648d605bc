# What the Python side of a differential run needs to speak as Toy does. The tool puts the table of differences in
# front of this file as `_t_rows`: (exception class or None, regular expression, replacement).
import builtins as _t_builtins
import collections as _t_collections
import functools as _t_functools
import importlib as _t_importlib
import io as _t_io
import operator as _t_operator
import re as _t_re
import types as _t_types

_t_missing = object()
_t_compiled = [(c, _t_re.compile(p, _t_re.S), r) for c, p, r in _t_rows]
_t_output, _t_size = [], [0]
# Generators are kept, so that reference counting does not run their `finally` before Toy would.
_t_generators = []


class _t_Timeout(BaseException):
    """The program has run too long or said too much."""


class _t_Cell:
    __slots__ = ("v",)


def _t_fn(function, name, qualified):
    if not isinstance(function, _t_types.FunctionType):
        return function
    function.__name__ = name
    function.__qualname__ = qualified
    if not function.__code__.co_flags & 0x20:
        return function

    @_t_functools.wraps(function)
    def keeping(*args, **keywords):
        generator = function(*args, **keywords)
        _t_generators.append(generator)
        return generator

    return keeping


_t_statics = set()


def _t_static(function):
    _t_statics.add(function.__qualname__)
    return staticmethod(function)


_t_protocols = (
    "init str repr hash len contains bool delitem iter next call enter exit getattr neg pos radd rsub rmul rtruediv"
    " rfloordiv rmod rpow rand ror rxor rlshift rrshift"
).split()


def _t_class(cls, qualified):
    cls.__qualname__ = qualified
    for name in _t_protocols:
        if f"__{name}__" in cls.__dict__:
            setattr(cls, name, cls.__dict__[f"__{name}__"])
    return cls


def _t_attribute(value):
    return staticmethod(value) if isinstance(value, _t_types.FunctionType) else value


_t_nan = float("nan")


def _t_float(*args, **keywords):
    """All NaN are one value to Toy, so that containers find them."""
    x = float(*args, **keywords)
    return _t_nan if x != x else x


def _t_n(x):
    """The one NaN, where a new one was made."""
    if x != x and type(x) is float:
        return _t_nan
    if type(x) is tuple and any(type(y) is float and y != y for y in x):
        return tuple(map(_t_n, x))
    return x


def _t_name(x):
    if x is type(None):
        return "nil"
    return _t_plain(x.__name__)


def _t_is(a, b):
    if isinstance(a, (bool, int, float, str)) and isinstance(b, (bool, int, float, str)):
        return type(a) is type(b) and (a == b or (a != a and b != b))
    return a is b


def _t_mod(a, b):
    if isinstance(a, (str, bytes)) and not hasattr(type(b), "__rmod__"):
        raise TypeError(f"unsupported operand type(s) for %: {type(a).__name__!r} and {type(b).__name__!r}")
    if isinstance(a, (str, bytes)) and isinstance(b, (int, float, str, bytes)):
        raise TypeError(f"unsupported operand type(s) for %: {type(a).__name__!r} and {type(b).__name__!r}")
    return a % b


def _t_method(x, name):
    """The method of a call, whose arguments Toy evaluates before it looks the method up."""
    try:
        return getattr(x, name)
    except AttributeError as error:
        missing = error

    def fail(*_, **__):
        raise missing

    return fail


def _t_range_to(start, end):
    return range(start, _t_operator.index(end) + 1)


def _t_isinstance(x, classes):
    if type(x) is bool:
        flat = classes if isinstance(classes, tuple) else (classes,)
        return any(c is bool or c is object for c in flat)
    return isinstance(x, classes)


def _t_issubclass(x, classes):
    if x is bool:
        flat = classes if isinstance(classes, tuple) else (classes,)
        return any(c is bool or c is object for c in flat)
    return issubclass(x, classes)


_t_sorted, _t_hasattr, _t_getattr = sorted, hasattr, getattr


def _t_plain(text):
    """A text made by Python, in Toy's spelling whatever the message."""
    if not isinstance(text, str):
        return text
    if "__" in text or "·" in text or "N" in text or "0x" in text:
        text = _t_re.sub(r"\bNoneType\b|\bNone\b", "nil", text)
        text = text.replace("__main__.", "")
        text = _t_re.sub(r"\b__([a-z]+)__\b", r"\1", text)
        text = _t_re.sub(r"·\d+\b", "", text)
        text = _t_re.sub(r" at 0x[0-9a-f]+", "", text)
    return text


def _t_message(error):
    """The text of an exception that Python itself may have raised."""
    args = error.args
    if isinstance(error, OSError) or len(args) != 1 or type(error).__str__ not in _t_own_str:
        text = str(error) if isinstance(error, OSError) or type(error).__str__ not in _t_own_str else None
        if text is None:
            text = "" if not args else _t_repr(args)
    elif isinstance(error, KeyError):
        return _t_repr(args[0])
    else:
        text = _t_str(args[0])
    return _t_spelt(text, type(error).__name__)


def _t_spelt(text, error):
    """A text made by Python in Toy's spelling: a message of an exception, or a repr."""
    text = _t_counts.sub(_t_uncounted, _t_plain(text))
    for name, pattern, replacement in _t_compiled:
        if name is None or name == error:
            text = pattern.sub(replacement, text)
    return text


def _t_uncounted(match):
    """Counts of arguments without `self`."""
    name, least, most, given = match.groups()
    if name in _t_statics:
        return match.group()
    least = "" if least is None else f"from {int(least) - 1} to "
    most, given = int(most) - 1, int(given) - 1
    plural, were = "" if most == 1 and not least else "s", "was" if given == 1 else "were"
    return f"{name}() takes {least}{most} positional argument{plural} but {given} {were} given"


_t_counts = _t_re.compile(r"(\w+\.(?!new\b)\w+|\w+(?=\.new))(?:\.new)?\(\) takes (?:from (\d+) to )?(\d+) positional arguments? but (\d+) (?:was|were) given")
_t_own_str = (BaseException.__str__, KeyError.__str__)
_t_depth = []


def _t_repr(x):
    kind = type(x)
    if x is None:
        return "nil"
    if kind is bool:
        return "true" if x else "false"
    if kind in (int, float, str, bytes):
        return repr(x)
    if kind in (list, tuple, dict, set, frozenset):
        if any(x is y for y in _t_depth):
            return {list: "[...]", dict: "{...}", tuple: "(...)"}.get(kind, f"{kind.__name__}(...)")
        _t_depth.append(x)
        try:
            if kind is list:
                return "[" + ", ".join(map(_t_repr, x)) + "]"
            if kind is tuple:
                return "(" + ", ".join(map(_t_repr, x)) + (",)" if len(x) == 1 else ")")
            if kind is dict:
                return "{" + ", ".join(f"{_t_repr(k)}: {_t_repr(v)}" for k, v in x.items()) + "}"
            inside = ", ".join(map(_t_repr, x))
            if kind is set:
                return "{" + inside + "}" if x else "set()"
            return "frozenset({" + inside + "})" if x else "frozenset()"
        finally:
            _t_depth.pop()
    if kind is _t_collections.deque:
        return f"deque({_t_repr(list(x))}" + (")" if x.maxlen is None else f", maxlen={x.maxlen})")
    if kind is _t_collections.defaultdict:
        return f"defaultdict({_t_repr(x.default_factory)}, {_t_repr(dict(x))})"
    if kind is _t_collections.Counter and x:
        return "Counter({" + ", ".join(f"{_t_repr(k)}: {_t_repr(v)}" for k, v in x.most_common()) + "})"
    if kind in (type({}.keys()), type({}.values()), type({}.items())):
        return f"{kind.__name__}({_t_repr(list(x))})"
    if isinstance(x, type):
        return f"<class {_t_plain(x.__qualname__)}>"
    if isinstance(x, BaseException) and kind.__repr__ is BaseException.__repr__:
        if isinstance(x, UnicodeError):
            return f"{kind.__name__}({_t_message(x)!r})"
        args = [_t_spelt(a, kind.__name__) if type(a) is str else a for a in x.args]
        return kind.__name__ + "(" + ", ".join(map(_t_repr, args)) + ")"
    if kind is _t_types.FunctionType:
        return f"<fn {x.__qualname__}>"
    if kind is _t_types.MethodType:
        return f"<bound method {x.__qualname__} of {_t_repr(x.__self__)}>"
    if kind is _t_types.ModuleType:
        return f"<module {x.__name__!r}>"
    if kind.__repr__ is object.__repr__:
        return _t_spelt(f"<{kind.__qualname__} object>", None)
    if isinstance(x, tuple) and hasattr(kind, "_fields"):
        return kind.__name__ + "(" + ", ".join(f"{n}={_t_repr(v)}" for n, v in zip(kind._fields, x)) + ")"
    if kind is slice:
        return f"slice({_t_repr(x.start)}, {_t_repr(x.stop)}, {_t_repr(x.step)})"
    return _t_spelt(repr(x), None)


def _t_str(x="", *more, **keywords):
    if more or keywords:
        return str(x, *more, **keywords)
    kind = type(x)
    if kind is str:
        return x
    if isinstance(x, BaseException):
        return _t_message(x)
    if kind.__str__ is object.__str__ or kind.__module__ in ("builtins", "collections"):
        return _t_repr(x)
    return str(x)


def _t_ascii(x):
    return _t_repr(x).encode("ascii", "backslashreplace").decode()


def _t_format(x, spec=""):
    kind = type(x)
    if kind is bool and spec:
        return format(_t_repr(x), spec)
    if spec == "" and (x is None or kind is bool or kind.__format__ is object.__format__):
        return _t_str(x)
    return format(x, spec)


def _t_field(x, conversion, spec):
    if conversion == "r":
        x = _t_repr(x)
    elif conversion == "s":
        x = _t_str(x)
    elif conversion == "a":
        x = _t_ascii(x)
    return _t_format(x, spec)


class _t_Shown:
    """A value in the arguments of `str.format`, which speaks as Toy does."""

    def __init__(self, x):
        self.x = x

    def __format__(self, spec):
        return _t_format(self.x, spec)

    def __str__(self):
        return _t_str(self.x)

    def __repr__(self):
        return _t_repr(self.x)

    def __getitem__(self, key):
        return _t_shown(self.x[key])

    def __getattr__(self, name):
        return _t_shown(getattr(self.x, name))


def _t_shown(x):
    return x if type(x) in (int, float, str) else _t_Shown(x)


def _t_bound_format(x):
    if type(x) is not str:
        return _t_method(x, "format")
    return lambda *args, **keywords: x.format(*map(_t_shown, args), **{k: _t_shown(v) for k, v in keywords.items()})


def _t_print(*values, sep=" ", end="\n"):
    sep = " " if sep is None else sep
    end = "\n" if end is None else end
    for name, text in (("sep", sep), ("end", end)):
        if type(text) is not str:
            raise TypeError(f"{name} must be None or a string, not {type(text).__name__}")
    text = sep.join(map(_t_str, values)) + end
    _t_size[0] += len(text)
    if _t_size[0] > 4 << 20:
        raise _t_Timeout
    _t_output.append(text)


_t_import = _t_importlib.import_module
