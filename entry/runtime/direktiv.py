"""Read what Direktiv's headers say of a request: the id of its action, where its files and its sidecar are.

Nothing in a header is trusted: the folder of files must be the action's own, in the folder that both containers share.
Connects to nothing.
"""

from __future__ import annotations

import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Action:
    """The action of a request. `folder` is None where Direktiv has no files: on its main branch, TempDir is `/tmp`."""

    __slots__ = ("folder", "id", "sidecar")

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.id = headers["direktiv-actionid"]
        folder = f"{_variable(b'FN_SHARED_DIR', '/mnt/shared')}/{self.id}"
        is_its_own = headers.get("direktiv-tempdir") == folder and "/" not in self.id and self.id not in ("", ".", "..")
        self.folder = folder if is_its_own else None
        address, _, port = _variable(b"FN_SIDECAR", "localhost:8889").rpartition(":")
        self.sidecar = (address.strip("[]").replace("localhost", "127.0.0.1"), int(port))


def _variable(name: bytes, otherwise: str) -> str:
    return str(posix.environ.get(name, b""), "utf-8", "surrogateescape") or otherwise
