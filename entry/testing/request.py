"""What a request has beside its body, for a handler in this process: an event, headers, Direktiv's variables."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from entry.api.event import Event
from entry.runtime.direktiv import Action
from entry.runtime.events import read_event
from entry.runtime.exchange import Exchange

from .emulators.local_server import LocalServer, State

_ID = "invoke"


class Request(Exchange):
    """An exchange whose input is the body of a request with these headers."""

    __slots__ = ("_action", "_event", "_headers")

    def __init__(self, path: str, headers: Mapping[str, str], action: Action | None) -> None:
        super().__init__(path)
        self._headers = {name.lower(): text for name, text in headers.items()}
        self._action = action
        self._event: Event | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        return self._headers

    @property
    def event(self) -> Event | None:
        return self._event

    @property
    def action(self) -> Action | None:
        return self._action

    def read_input(self) -> bytes | None:
        self._event, data = read_event(self._headers, super().read_input() or b"")
        return data


class _Action(Action):
    """An action whose files lie where those of the isolated host do."""

    __slots__ = ()

    def __init__(self, folder: Path, server: LocalServer) -> None:
        self.id, self.folder = _ID, str(folder)
        host, _, port = server.address.replace("localhost", "127.0.0.1").rpartition(":")
        self.sidecar = (host, int(port))


@contextlib.contextmanager
def action_with(variables: Mapping[tuple[str, str], bytes] | None, folder: Path) -> Iterator[Action | None]:
    """Serve these variables, by scope and name, as Direktiv's sidecar while the handler runs; None: have no sidecar."""
    if variables is None:
        yield None
        return
    server = LocalServer(State("0.10", dict(variables), logs={_ID: []}))
    try:
        yield _Action(folder, server)
    finally:
        server.close()
