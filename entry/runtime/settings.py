"""Parse and validate what a run was asked for: arguments and environment variables. Open and start nothing.

build/boot/shared/settings.c reads the few of them that the supervisor needs, by the same grammar.
"""

from __future__ import annotations

from ..api import errors
from ..api.errors import FunctionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

QUESTIONS = ("--help", "-h", "--version", "--list", "--describe", "--doctor", "--sbom", "--index")

_VALUE_OPTIONS = ("--data", "--timeout", "--linger", "--settle")
_LEVELS = ("debug", "info", "warning", "error")
_MOST_SECONDS = 1e9


class Settings:
    """The settings of one run. `problem` is what was wrong with them: an error of the run, so that it is announced."""

    __slots__ = ("cold", "data_dir", "handler", "level", "linger", "problem", "settle", "tee", "timeout")

    def __init__(self) -> None:
        self.handler: str | None = None
        self.data_dir = "/direktiv-data"
        self.timeout: float | None = None
        self.linger = 0.0
        self.settle = 0.0
        self.level = "info"
        self.tee = False
        self.cold = False
        self.problem: FunctionError | None = None


def ask_for_information(arguments: Sequence[str]) -> bool:
    """Return whether the arguments hold a question, which is answered in place of a run."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return any(argument in QUESTIONS for argument in options)


def own_variables(environment: Mapping[bytes, bytes]) -> Mapping[str, str]:
    """Return the variables of `posix.environ` that are about a run."""
    return {
        str(name, "utf-8", "surrogateescape"): str(value, "utf-8", "surrogateescape")
        for name, value in environment.items()
        if name.startswith(b"FN_")
    }


def read(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """Return the settings of a run; an argument wins over its variable, an empty variable counts as none."""
    settings = Settings()
    problems: list[str] = []
    given, positional = split(arguments, problems)
    if len(positional) > 1:
        problems.append(f"one handler can be named, not {len(positional)}: {' '.join(positional)}")

    def value(option: str, variable: str) -> tuple[str, str] | None:
        if option in given:
            return given[option], option
        text = environment.get(variable)
        return (text, variable) if text else None

    def seconds(option: str, variable: str) -> float:
        found = value(option, variable)
        return _seconds(*found, problems) if found else 0.0

    settings.handler = positional[0] if positional else environment.get("FN_HANDLER") or None
    data_dir = value("--data", "FN_DATA_DIR")
    settings.data_dir = data_dir[0] if data_dir else settings.data_dir
    settings.timeout = seconds("--timeout", "FN_TIMEOUT") or None
    settings.linger = seconds("--linger", "FN_LINGER")
    settings.settle = seconds("--settle", "FN_SETTLE")
    settings.level = environment.get("FN_LOG_LEVEL") or settings.level
    if settings.level not in _LEVELS:
        problems.append(f"FN_LOG_LEVEL: expected one of {', '.join(_LEVELS)}, got {settings.level!r}")
        settings.level = "info"
    settings.tee = _flag(environment, "FN_LOG_TEE", problems)
    settings.cold = _flag(environment, "FN_COLD", problems)
    if problems:
        settings.problem = FunctionError(errors.USAGE, "; ".join(problems))
    return settings


def split(arguments: Sequence[str], problems: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return the options that have a value, and what is no option; adds to `problems` what makes no sense."""
    given: dict[str, str] = {}
    positional: list[str] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            positional += rest
            break
        option, separator, text = argument.partition("=")
        if option in _VALUE_OPTIONS:
            if not separator and not rest:
                problems.append(f"{option}: a value is missing")
                continue
            text = text if separator else rest.pop(0)
            if text:
                given[option] = text
            else:
                problems.append(f"{option}: the value is empty")
        elif argument.startswith("-"):
            problems.append(f"{argument}: no such option; see --help")
        elif argument:
            positional.append(argument)
    return given, positional


def _seconds(text: str, name: str, problems: list[str]) -> float:
    digits = text.replace(".", "", 1)
    if digits.isascii() and digits.isdigit() and float(text) <= _MOST_SECONDS:
        return float(text)
    problems.append(f"{name}: expected seconds such as 30 or 0.5, got {text!r}")
    return 0.0


def _flag(environment: Mapping[str, str], name: str, problems: list[str]) -> bool:
    text = environment.get(name) or "0"
    if text not in ("0", "1"):
        problems.append(f"{name}: expected 0 or 1, got {text!r}")
    return text == "1"
