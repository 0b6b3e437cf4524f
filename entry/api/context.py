"""Answer what a handler can ask about its run, by the argument `ctx`. Hold no logic of the run."""

from __future__ import annotations

from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..runtime.exchange import Exchange
    from ..runtime.log import Log
    from .event import Event
    from .variables import Variables


class Context:
    """A run as its handler sees it: `log`, `handler` (its name), `remaining()`, `variables`, `headers` ..."""

    __slots__ = ("_deadline", "_exchange", "handler", "log")

    def __init__(self, handler: str, log: Log, deadline: float | None, exchange: Exchange) -> None:
        self.handler = handler
        self.log = log
        self._deadline = deadline
        self._exchange = exchange

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the request, by their names in small letters; empty where the host is not that of HTTP."""
        return self._exchange.headers

    @property
    def variables(self) -> Variables:
        """Return the files from the workflow, as a mapping by name; `set(scope, name, data)` sets a variable."""
        if action := self._exchange.action:
            from .direktiv_variables import DirektivVariables

            return DirektivVariables(action)
        from .variables import Variables

        return Variables(self._exchange.path)

    @property
    def event(self) -> Event | None:
        """The CloudEvent that the request holds, whose data is the input; None if it holds none."""
        event = self._exchange.event
        return event.for_handler(self.handler) if event else None

    @property
    def action_id(self) -> str | None:
        """The id that Direktiv gave the request; None where the host is not that of HTTP, or somebody else asked."""
        action = self._exchange.action
        return action.id if action else None

    def remaining(self) -> float:
        """Return the seconds until the run's timeout, at least 0; infinity without a timeout."""
        return float("inf") if self._deadline is None else max(0.0, self._deadline - monotonic())

    def progress(self, done: float, total: float, text: str = "") -> None:
        """Log the handler's progress, as one line: `progress 3/10 (30 %) text`."""
        share = f" ({100 * done / total:.0f} %)" if total else ""
        self.log.info("progress %s/%s%s%s", done, total, share, f" {text}" if text else "")
