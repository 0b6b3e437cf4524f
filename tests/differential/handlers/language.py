"""The language itself, and the modules that look into it."""

from __future__ import annotations

import abc
import ast
import builtins
import code
import contextlib
import dataclasses
import dis
import enum
import functools
import gc
import importlib
import importlib.util
import inspect
import io
import operator
import pkgutil
import runpy
import symtable
import sys
import tokenize
import traceback
import tracemalloc
import types
import typing
import warnings
import weakref

from entry import handler
from handlers._idioms import Idioms

idiom = Idioms()


@handler("language")
def run(name: str) -> object:
    return idiom.run(name)


class Colour(enum.Enum):
    RED = enum.auto()
    BLUE = "b"


class Flags(enum.IntFlag):
    A = 1
    B = 2


@dataclasses.dataclass(order=True, slots=True, frozen=True)
class Item:
    name: str
    price: float = dataclasses.field(default=1.5, compare=False)


class Registered:
    known: typing.ClassVar[list[str]] = []

    def __init_subclass__(cls, **options: object) -> None:
        cls.known.append(f"{cls.__name__} {sorted(options)}")


class Child(Registered, loud=True):
    pass


class Shape(abc.ABC):
    @property
    @abc.abstractmethod
    def area(self) -> float: ...


class Cached:
    calls = 0

    @functools.cached_property
    def value(self) -> int:
        type(self).calls += 1
        return 7


class Kept:
    """Weakly referenced at import."""


T = typing.TypeVar("T")
Pair = typing.NamedTuple("Pair", [("a", int), ("b", str)])
Space = types.SimpleNamespace(a=1)
KEPT = Kept()
REFERENCE = weakref.ref(KEPT)
TABLE: weakref.WeakKeyDictionary[Kept, str] = weakref.WeakKeyDictionary({KEPT: "value"})
CODE = compile("[n * 2 for n in given]", "<made at import>", "eval")
CACHED = Cached()
assert CACHED.value == 7
GENERATION = (n * n for n in range(9))
next(GENERATION)
next(GENERATION)
STACK = contextlib.ExitStack()
DEEP = Space
BYTES = memoryview(bytearray(b"at import"))
warnings.filterwarnings("ignore", message="silent")


@functools.singledispatch
def described(value: object) -> str:
    return "object"


@described.register
def _(value: int) -> str:
    return "int"


@described.register(list)
def _list(value: list[object]) -> str:
    return "list"


@idiom
def enumerations() -> object:
    return [Colour(1).name, Colour["BLUE"].value, [each.name for each in Colour], str(Flags.A | Flags.B), repr(Colour.RED),
            Colour.RED is Colour(1), enum.unique(Colour).__name__, (Flags.A | Flags.B) & ~Flags.A == Flags.B]  # fmt: skip


@idiom
def data_classes() -> object:
    item = Item("a")
    try:
        item.name = "b"  # type: ignore[misc]
    except dataclasses.FrozenInstanceError as error:
        words = str(error)
    made = dataclasses.make_dataclass("Made", [("x", int)])
    return [repr(item), dataclasses.asdict(item), item < Item("b"), dataclasses.replace(item, price=2).price, words,
            repr(made(1)), hash(item) == hash(Item("a"))]  # fmt: skip


@idiom
def hooks_of_classes() -> object:
    try:
        Shape()  # type: ignore[abstract]
    except TypeError as error:
        return [Registered.known, str(error), isinstance([], typing.Sized), issubclass(dict, typing.Mapping)]
    return None


@idiom
def dispatch() -> object:
    return [described(1), described([]), described(""), described(True)]


@idiom
def cached_property_of_import() -> object:
    return [CACHED.value, Cached.calls, Cached().value, Cached.calls]


@idiom
def weak_references() -> object:
    global KEPT
    found = [REFERENCE() is KEPT, TABLE[KEPT], weakref.getweakrefcount(KEPT)]
    del KEPT
    gc.collect()
    return [*found, REFERENCE() is None, len(TABLE)]


@idiom
def finalizers_that_are_called() -> object:
    said: list[str] = []
    value = Kept()
    finalizer = weakref.finalize(value, said.append, "gone")
    del value
    gc.collect()
    return [said, finalizer.alive]


@idiom
def garbage() -> object:
    gc.collect()
    ring: list[object] = []
    ring.append(ring)
    del ring
    return [gc.collect(), gc.isenabled(), gc.get_threshold(), len(gc.garbage)]


@idiom
def frozen_garbage() -> object:
    return gc.get_freeze_count() == 0


@idiom
def generator_begun_at_import() -> object:
    return list(GENERATION)


@idiom
def view_of_import() -> object:
    BYTES[0:2] = b"AT"
    return bytes(BYTES).decode()


@idiom
def code_made_at_import() -> object:
    return [eval(CODE, {"given": [1, 2]}), CODE.co_filename]


@idiom
def code_made_late() -> object:
    space: dict[str, object] = {}
    exec("def f(a, *, b=2):\n    return a + b\nclass C:\n    x: int = 1", space)
    return [space["f"](1), str(space["C"].__annotations__["x"]), eval("__import__('math').pi > 3")]  # type: ignore[operator,attr-defined]


@idiom
def trees_of_code() -> object:
    tree = ast.parse("x = [a.b(1) for a in c if a]\n")
    names = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)})
    return [names, ast.unparse(tree), ast.literal_eval("{'a': (1, -2.5, None)}"), ast.dump(ast.parse("1", mode="eval"))]


@idiom
def syntax_errors() -> object:
    found = []
    for text in ("def f(:\n", "x = 'open", "if True:\npass", "print 1", "a b"):
        try:
            compile(text, "<text>", "exec")
        except SyntaxError as error:
            found.append([type(error).__name__, error.msg, error.lineno, error.offset])
    return found


@idiom
def instructions() -> object:
    def f(a: int) -> int:
        return a + 1

    names = [each.opname for each in dis.get_instructions(f)]
    stream = io.StringIO()
    dis.dis(f, file=stream)
    return [names[-1], "RETURN_VALUE" in stream.getvalue(), dis.opmap["NOP"]]


@idiom
def inspection() -> object:
    def f(a: int, /, b: str = "x", *rest: int, c: bool, **more: object) -> None:
        """Doc."""

    bound = inspect.signature(f).bind(1, c=True)
    bound.apply_defaults()
    return [str(inspect.signature(f)), inspect.getdoc(f), [str(each) for each in bound.arguments.values()],
            inspect.isfunction(f), inspect.getfullargspec(f).kwonlyargs, inspect.getmodule(f).__name__,
            inspect.currentframe().f_code.co_name, inspect.stack()[0].function, inspect.getmro(Child)[1].__name__]  # type: ignore[union-attr] # fmt: skip


@idiom
def hints() -> object:
    def f(a: "list[int]", b: typing.Annotated[int, "x"] = 1) -> "Item | None": ...

    return [str(typing.get_type_hints(f, globals())["a"]), str(typing.get_args(dict[str, list[int]])),
            typing.get_origin(typing.Optional[int]) is typing.Union, Pair(1, "b")._asdict(), str(T),
            typing.get_type_hints(f, globals(), include_extras=True)["b"].__metadata__]  # fmt: skip


@idiom
def tracebacks() -> object:
    def fails() -> None:
        raise ValueError("inner") from KeyError("cause")

    try:
        fails()
    except ValueError as error:
        lines = traceback.format_exception(error)
        frames = traceback.extract_tb(error.__traceback__)
        return [lines[0], lines[-1], [frame.name for frame in frames], traceback.format_exception_only(error),
                frames[-1].lineno is not None, type(error.__cause__).__name__]  # fmt: skip
    return None


@idiom
def lines_of_tracebacks() -> object:
    try:
        fibonacci = {}["missing"]  # the line that is shown
    except KeyError as error:
        return [traceback.extract_tb(error.__traceback__)[-1].line, fibonacci if "fibonacci" in locals() else None]
    return None


@idiom
def lines_of_the_library() -> object:
    import json

    try:
        json.loads("{")
    except ValueError as error:
        return traceback.extract_tb(error.__traceback__)[-1].line
    return None


@idiom
def source_of_functions() -> object:
    return inspect.getsource(described).splitlines()[1]


@idiom
def groups_of_errors() -> object:
    found: list[object] = []
    try:
        raise ExceptionGroup("several", [ValueError(1), ExceptionGroup("inner", [KeyError("k"), OSError(2, "no")])])
    except* KeyError as group:
        found.append(len(group.exceptions))
    except* (ValueError, OSError) as group:
        found.append(str(group))
    error = ValueError("x")
    error.add_note("a note")
    return [found, traceback.format_exception(error)[-1]]


@idiom
def warnings_of_code() -> object:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        warnings.warn("silent", UserWarning, stacklevel=1)
    return [[each.category.__name__, str(each.message)] for each in found]


@idiom
def filters_of_warnings() -> object:
    with warnings.catch_warnings(record=True) as found:
        warnings.warn("silent", UserWarning, stacklevel=1)
        warnings.warn("loud", UserWarning, stacklevel=1)
    return [str(each.message) for each in found]


@idiom
def modules_by_name() -> object:
    names = ["json.tool", "wsgiref.simple_server", "xmlrpc.client", "concurrent.futures.process",
             "email.mime.audio", "encodings.cp866", "unittest.mock", "ftplib", "cgi" if sys.version_info < (3, 13) else "cmd",
             "zipapp", "optparse", "pydoc", "doctest", "trace", "sqlite3.dump", "logging.config"]  # fmt: skip
    return [importlib.import_module(".".join(name.split("."))).__name__ for name in names]


@idiom
def modules_that_are_missing() -> object:
    found = []
    for name in ("no_such_module", "json.no_such"):
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            found.append([str(error), error.name])
    return [found, importlib.util.find_spec("no_such") is None, importlib.util.find_spec("json") is not None]


@idiom
def modules_made_by_hand() -> object:
    module = types.ModuleType("made")
    exec("x = 1\ndef f(): return x + 1", module.__dict__)
    sys.modules["made"] = module
    import made  # type: ignore[import-not-found]

    return [made.f(), repr(made)]


@idiom
def modules_of_a_folder() -> object:
    import pathlib
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        pathlib.Path(name, "found_late.py").write_text("VALUE = 5\n")
        sys.path.insert(0, name)
        try:
            value = importlib.import_module("found_late").VALUE
            ran = runpy.run_path(f"{name}/found_late.py")["VALUE"]
            spec = importlib.util.spec_from_file_location("other", f"{name}/found_late.py")
            assert spec is not None
            module = importlib.util.module_from_spec(spec)
            assert spec.loader is not None
            spec.loader.exec_module(module)
            return [value, ran, module.VALUE, [each.name for each in pkgutil.iter_modules([name])]]
        finally:
            sys.path.remove(name)


@idiom
def modules_reloaded() -> object:
    import colorsys

    return importlib.reload(colorsys) is sys.modules["colorsys"]


@idiom
def modules_of_packages() -> object:
    import concurrent
    import email.mime

    return [sorted(each.name for each in pkgutil.iter_modules(concurrent.__path__)),
            sorted(each.name for each in pkgutil.iter_modules(email.mime.__path__))]  # fmt: skip


@idiom
def traced_memory() -> object:
    tracemalloc.start()
    kept = bytearray(100_000)
    size, _ = tracemalloc.get_traced_memory()
    statistics = tracemalloc.take_snapshot().statistics("filename")
    tracemalloc.stop()
    return [size >= len(kept), len(statistics) > 0]


@idiom
def profile_of_calls() -> object:
    import cProfile
    import pstats

    profile = cProfile.Profile()
    profile.enable()
    sorted([3, 1, 2])
    profile.disable()
    stream = io.StringIO()
    pstats.Stats(profile, stream=stream).print_stats()
    return ["sorted" in stream.getvalue(), "function calls" in stream.getvalue()]


@idiom
def trace_of_lines() -> object:
    seen: list[str] = []

    def watch(frame: types.FrameType, event: str, value: object) -> object:
        seen.append(event)
        return watch

    def f() -> int:
        x = 1
        return x

    sys.settrace(watch)
    f()
    sys.settrace(None)
    return seen


@idiom
def audit_hooks() -> object:
    seen: list[str] = []
    sys.addaudithook(lambda event, words: seen.append(event) if event.startswith("idiom") else None)
    sys.audit("idiom.event", 1)
    return seen


@idiom
def tokens() -> object:
    return [each.string for each in tokenize.generate_tokens(io.StringIO("a = 1 # b\n").readline)][:5]


@idiom
def tables_of_symbols() -> object:
    table = symtable.symtable("def f(a):\n    global g\n    return a + g", "x", "exec")
    return sorted(table.get_children()[0].get_identifiers())


@idiom
def an_interpreter_of_its_own() -> object:
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        code.InteractiveInterpreter().runsource("print(1 + 1)")
    return stream.getvalue()


@idiom
def contexts() -> object:
    said: list[str] = []

    @contextlib.contextmanager
    def block(name: str) -> typing.Iterator[str]:
        said.append(f"in {name}")
        try:
            yield name
        finally:
            said.append(f"out {name}")

    with STACK as stack:
        stack.enter_context(block("a"))
        stack.callback(said.append, "called")
    with contextlib.suppress(ZeroDivisionError), block("b"):
        1 / 0  # noqa: B018
    with contextlib.redirect_stderr(io.StringIO()) as stream:
        print("x", file=sys.stderr)
    return [said, stream.getvalue()]


@idiom
def builtins_of_old() -> object:
    return [name for name in ("exit", "quit", "copyright", "credits", "license", "help", "open", "input", "breakpoint")
            if not hasattr(builtins, name)]  # fmt: skip


@idiom
def matching() -> object:
    def kind(value: object) -> str:
        match value:
            case {"a": [int(x), *_], **rest}:
                return f"{x} {rest}"
            case Item(name=name):
                return name
            case str() | bytes():
                return "text"
            case _:
                return "other"

    return [kind({"a": [1, 2], "b": 3}), kind(Item("n")), kind(b""), kind(1)]


@idiom
def recursion() -> object:
    def deep(n: int) -> int:
        return deep(n + 1)

    try:
        deep(0)
    except RecursionError as error:
        return [str(error), sys.getrecursionlimit()]
    return None


@idiom
def names_and_places() -> object:
    return [__name__, described.__module__, Item.__qualname__, sys.modules[__name__].__name__, operator.__name__,
            sys.flags.optimize, sys.flags.dev_mode, sys.byteorder, sys.maxsize, sys.implementation.name, sys.hexversion,
            sys.float_info.dig, sys.getdefaultencoding(), sys.getfilesystemencoding(), sys.dont_write_bytecode in (True, False)]  # fmt: skip


@idiom
def hashes_of_texts_differ() -> object:
    return [
        hash("x") == hash("x"),
        {"a": 1} == {"a": 1},
        hash(None) == hash(None),
        sys.intern("ab") is sys.intern("a" + "b"),
    ]


@idiom
def objects_and_sizes() -> object:
    return [sys.getsizeof([]), sys.getsizeof({}), sys.getsizeof("a"), sys.getsizeof(1), sys.getrefcount(None) > 1]
