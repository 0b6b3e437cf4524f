"""Fills in a Jinja template, in a sandbox: `{"template": "Hello, {{ name }}!", "data": {"name": "Ada"}}`.

docs/handlers/render.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from entry import Context, FunctionError, handler
from handlers._limits import bounded, seconds
from handlers._text import without_mark
from handlers._variables import REPORT, Target, Written, exactly_one, set_variable

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

_MARKUP = (".html", ".htm", ".xhtml", ".xml", ".svg")
_GIVEN = "the template"  # the name of one that is in the input
_MOST = 64 << 20  # characters of a result for a variable


class Render(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The template, given or a file passed in, and its data. Templates include others by their variables' names."""

    template: str | msgspec.UnsetType = msgspec.UNSET
    variable: str | msgspec.UnsetType = msgspec.UNSET
    data: dict[str, Any] = {}
    escape: bool | None = None
    undefined: bool = False
    trim: bool = False
    timeout: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 30
    to: Target | None = None

    def __post_init__(self) -> None:
        exactly_one(self, "template", "variable")


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """The text that the template came to."""

    text: str


@handler(codes=("render.failed", "render.syntax", "render.timeout", "render.tooLarge", "render.undefined"))
def render(data: Render, ctx: Context) -> Rendered | Written:
    text = _rendered(data, ctx, seconds(ctx, data.timeout))
    if data.to is not None:
        return set_variable(ctx, data.to, (text.encode(),))
    return Rendered(text=text)


def _rendered(data: Render, ctx: Context, limit: float) -> str:
    from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError, UndefinedError

    try:
        with bounded(limit):
            environment = _environment(data, ctx)
            if isinstance(data.template, str):
                template = environment.from_string(without_mark(data.template))
            else:
                name = ctx.variables[str(data.variable)].name  # there is such a file
                template = environment.get_template(name)
            return _joined(template.generate(data.data), REPORT if data.to is None else _MOST)
    except FunctionError:
        raise
    except TimeoutError as error:
        code, problem = "render.timeout", str(error)
    except MemoryError:
        code, problem = "render.tooLarge", "the template needs too much memory"
    except TemplateSyntaxError as error:
        code, problem = "render.syntax", f"{error.name or _GIVEN}, line {error.lineno}: {error.message}"
    except UndefinedError as error:
        code, problem = "render.undefined", f"{_place(error)}{error.message}"
    except TemplateNotFound as error:  # its name may be a part of the data
        code, problem = "render.failed", f"{_place(error)}a template that it names was not passed in"
    except TemplateError as error:
        code, problem = "render.failed", f"{_place(error)}{error.message or type(error).__name__}"
    except OverflowError as error:  # of the sandbox: a range that is too long
        code, problem = "render.failed", f"{_place(error)}{error}"
    except RecursionError as error:
        code, problem = "render.failed", f"{_place(error)}it includes or calls itself without an end"
    except Exception as error:  # noqa: BLE001  (whatever a filter makes of the data, without the data)
        code, problem = "render.failed", f"{_place(error)}{type(error).__name__}"
    raise FunctionError(code, problem)


def _environment(data: Render, ctx: Context) -> SandboxedEnvironment:
    from jinja2 import FunctionLoader, StrictUndefined, Undefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def escapes(name: str | None) -> bool:
        return data.escape if data.escape is not None else bool(name and name.lower().endswith(_MARKUP))

    def load(name: str) -> tuple[str, str, None] | None:
        return (without_mark(ctx.variables[name].text()), name, None) if name in ctx.variables else None

    environment = ImmutableSandboxedEnvironment(
        autoescape=escapes,
        undefined=Undefined if data.undefined else StrictUndefined,
        loader=FunctionLoader(load),
        trim_blocks=data.trim,
        lstrip_blocks=data.trim,
        keep_trailing_newline=True,
    )
    environment.policies["json.dumps_function"] = _json  # of the filter `tojson`
    return environment


def _json(value: Any, **options: Any) -> str:
    """Write JSON; a name that is not there is said to be so, wherever in the value it is."""
    import json

    from jinja2 import Undefined

    def refuse(item: Any) -> None:
        if isinstance(item, Undefined):
            item._fail_with_undefined_error()  # what any other use of it comes to
        raise TypeError(type(item).__name__)

    return json.dumps(value, default=refuse, **options)


def _joined(chunks: Any, most: int) -> str:
    parts, size = [], 0
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > most:
            raise FunctionError("render.tooLarge", f"the text has more than {most} characters")
    text = "".join(parts)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise FunctionError("render.failed", "the text holds half a character (a lone surrogate)") from None
    return text


def _place(error: BaseException) -> str:
    """Return the innermost line of a template: Jinja gives tracebacks the names and lines of templates."""
    place, trace = "", error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        if code.co_filename == "<template>":
            place = f"{_GIVEN}, line {trace.tb_lineno}: "
        elif "__jinja_template__" in trace.tb_frame.f_globals or code.co_name.startswith(
            ("block ", "top-level template")
        ):
            place = f"{code.co_filename}, line {trace.tb_lineno}: "
        trace = trace.tb_next
    return place
