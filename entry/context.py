"""What a handler can ask about its run. Passed to a handler that wants it; holds no logic of the run."""

from __future__ import annotations

from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .log import Log


class Context:
    """One run, as its handler sees it: `log`, `handler` (its name), `remaining()`, `progress()`."""

    __slots__ = ("_deadline", "handler", "log")

    def __init__(self, handler: str, log: Log, deadline: float | None) -> None:
        self.handler = handler
        self.log = log
        self._deadline = deadline

    def remaining(self) -> float:
        """Seconds until the run's timeout, at least 0; infinity when it has none."""
        return float("inf") if self._deadline is None else max(0.0, self._deadline - monotonic())

    def progress(self, done: float, total: float, text: str = "") -> None:
        """Logs how far the handler has come, as one line: `progress 3/10 (30 %) text`."""
        share = f" ({100 * done / total:.0f} %)" if total else ""
        self.log.info("progress %s/%s%s%s", done, total, share, f" {text}" if text else "")
