"""What a run was asked for, as the supervisor has read and judged it (build/boot/shared/settings.c). Open nothing."""

from __future__ import annotations

from ..api import errors
from ..api.errors import FunctionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Settings:
    """The settings of one run. `problem` is what was wrong with them: an error of the run, so that it is announced."""

    __slots__ = ("data_dir", "handler", "level", "names", "problem", "question", "timeout")

    def __init__(self) -> None:
        self.question: str | None = None  # to be answered in place of a run
        self.handler: str | None = None
        self.data_dir = "/direktiv-data"
        self.level = "info"
        self.timeout: float | None = None
        self.problem: FunctionError | None = None
        self.names: Sequence[str] = ()  # of handlers, as arguments


def read(text: bytes) -> Settings:
    """Read what `settings_write` has written."""
    settings = Settings()
    texts = str(text, "utf-8", "surrogateescape").split("\0")[:-1]
    question, handler, data_dir, level, timeout, problem, *settings.names = texts
    settings.question = question or None
    settings.handler = handler or None
    settings.data_dir, settings.level = data_dir, level
    settings.timeout = float(timeout) or None
    if problem:
        shown = problem.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        settings.problem = FunctionError(errors.USAGE, shown)
    return settings
