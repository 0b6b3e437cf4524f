"""Picks and reshapes JSON with JMESPath: `{"data": {"a": [1, 2]}, "expression": "a[0]"}` gives `1`.

docs/handlers/transform.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from entry import Context, FunctionError, handler
from entry.codec.json import encode
from handlers._limits import bounded, seconds
from handlers._variables import Target, Written, exactly_one, json_variable, set_variable

if TYPE_CHECKING:
    from jmespath.parser import ParsedResult

_MOST_VALUES = 5_000_000  # of a result: a few letters of an expression can double it, again and again
Expression = Annotated[str, msgspec.Meta(min_length=1, max_length=65536)]


class Transform(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One expression, or several by the names that their results get; the data are given or a file passed in."""

    expression: Expression | dict[str, Expression]
    data: Any = msgspec.UNSET
    variable: str | msgspec.UnsetType = msgspec.UNSET
    timeout: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 30
    to: Target | None = None

    def __post_init__(self) -> None:
        exactly_one(self, "data", "variable")


@handler(
    codes=("transform.expression", "transform.failed", "transform.json", "transform.timeout", "transform.tooLarge")
)
def transform(data: Transform, ctx: Context) -> Any | Written:
    given = data.data if data.data is not msgspec.UNSET else json_variable(ctx, str(data.variable), "transform.json")
    result = _searched(data, given, seconds(ctx, data.timeout))
    if data.to is None:
        return result
    return set_variable(ctx, data.to, (encode(result),))


def _searched(data: Transform, given: Any, limit: float) -> Any:
    from jmespath.exceptions import JMESPathError

    from handlers._jmespath import Interpreter, flaw

    try:
        with bounded(limit):
            if isinstance(data.expression, dict):
                trees = {name: _parse(expression, f"{name}: ").parsed for name, expression in data.expression.items()}
                result: Any = {name: Interpreter().visit(tree, given) for name, tree in trees.items()}
            else:
                result = Interpreter().visit(_parse(data.expression, "").parsed, given)
            code, problem = "transform.failed", flaw(result, _MOST_VALUES)
    except OverflowError:
        code, problem = "transform.tooLarge", f"the result holds more than {_MOST_VALUES} values"
    except JMESPathError as error:
        code, problem = "transform.failed", _words(error)
    except (ValueError, TypeError, ArithmeticError) as error:  # its words may hold a value
        code, problem = "transform.failed", f"{type(error).__name__} in the expression"
    except RecursionError:
        code, problem = "transform.failed", "the data or the expression are nested too deeply"
    except TimeoutError as error:
        code, problem = "transform.timeout", str(error)
    except MemoryError:
        code, problem = "transform.tooLarge", "the result needs too much memory"
    else:
        if not problem:
            return result
    raise FunctionError(code, problem)


def _parse(expression: str, name: str) -> ParsedResult:
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.compile(expression)
    except JMESPathError as error:
        problem = f"{name}{_words(error)}"
    except (ValueError, RecursionError) as error:  # a number with too many digits; too many brackets
        problem = f"{name}{error}"
    raise FunctionError("transform.expression", problem)


def _words(error: Exception) -> str:
    """Return what the library says, without the value it was about: it may be secret."""
    from jmespath.exceptions import JMESPathTypeError

    if isinstance(error, JMESPathTypeError):
        expected = " or ".join(map(str, error.expected_types))
        return f"{error.function_name}() wants {expected}, got {error.actual_type}"
    return str(error).splitlines()[0]
