"""Variables under Direktiv of today: files in the action's own folder, all else through the sidecar's `/var`.

A variable is set as under the isolated host, by a file that the sidecar takes when the request is answered. Where the
function may not write there, or there is no such folder, it is set at once, by a request to the sidecar.
"""

from __future__ import annotations

import posix

from ..runtime.exchange import read_ordinary
from . import errors
from .errors import FunctionError
from .set_variable import check, chunks_of, set_variable
from .variables import OUT, Folder, Place, Variables, reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..runtime.direktiv import Action

_ADVICE = "its folder belongs to Direktiv's sidecar: run as the sidecar's user, 65532, or as root"
_NO_FOLDER = "/nonexistent"


class DirektivVariables(Variables):
    """The files from the workflow, and variables of all scopes."""

    __slots__ = ("_action",)

    def __init__(self, action: Action) -> None:
        self._action = action
        self._place = Place(action.folder or _NO_FOLDER, "TempDir", _ADVICE)

    def set(self, scope: str, name: str, data: object) -> None:
        check(scope, name)
        if self._action.folder and posix.access(f"{self._action.folder}/{OUT}/{scope}", posix.W_OK | posix.X_OK):
            set_variable(self._place, scope, name, data)
            return
        kind, value = _whole(data, f"{scope}/{name}")
        self._ask("POST", scope, name, errors.VARIABLE_UNWRITABLE, kind, value)

    def read(self, scope: str, name: str) -> bytes:
        check(scope, name)
        return self._ask("GET", scope, name, errors.VARIABLE_UNREADABLE)

    def _ask(self, method: str, scope: str, name: str, code: str, kind: str = "", value: bytes = b"") -> bytes:
        """Return the body of an answer that is a success; raise FunctionError.

        A key that is missing is answered with 200 and a sentence: the header with which Go's errors are written tells.
        """
        from ..runtime.sidecar_client import ask

        target = f"/var?aid={_escaped(self._action.id)}&scope={scope}&key={name}"
        try:
            answer = ask(self._action.sidecar, method, target, kind, value)
        except OSError as error:
            said = error.strerror or error
            problem = f"Direktiv's sidecar gives no answer ({said}); that of its main branch has no variables"
            raise FunctionError(code, f"{scope}/{name}: {problem}") from None
        is_error = answer.headers.get("x-content-type-options") == "nosniff"
        if answer.status == 200 and not is_error:
            return answer.body
        said = str(answer.body[:500], "utf-8", "replace").strip()
        if answer.status == 200 and method == "GET":
            raise FunctionError(errors.VARIABLE_MISSING, f"{scope}/{name}: there is no such variable: {said}")
        raise FunctionError(code, f"{scope}/{name}: Direktiv's sidecar answered {answer.status}: {said}")


def _escaped(text: str) -> str:
    return "".join(each if each.isascii() and each.isalnum() else f"%{ord(each):02X}" for each in text)


def _whole(data: Any, place: str) -> tuple[str, bytes]:
    """Return the type of a value, and all of its bytes: what the sidecar takes has a length."""
    path = posix.fspath(data) if hasattr(data, "__fspath__") else None
    if path is not None:
        return "application/octet-stream", _file(path, place)
    if isinstance(data, Folder):
        raise FunctionError(errors.VARIABLE_UNWRITABLE, f"{place}: a folder can be set by a file alone; {_ADVICE}")
    value = b"".join(chunks_of(data, place))
    if isinstance(data, str):
        return "text/plain; charset=utf-8", value
    is_stream = isinstance(data, (bytes, bytearray, memoryview)) or hasattr(data, "read") or hasattr(data, "__next__")
    return "application/octet-stream" if is_stream else "application/json", value


def _file(path: str, place: str) -> bytes:
    try:
        found = read_ordinary(path)
    except OSError as error:
        raise FunctionError(errors.VARIABLE_INVALID, f"{place}: {path}: {reason(error)}") from None
    if found is None:
        raise FunctionError(errors.VARIABLE_UNWRITABLE, f"{place}: {path}: no ordinary file; {_ADVICE}")
    return found
