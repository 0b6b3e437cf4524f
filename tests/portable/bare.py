"""One run in another root, read-only but for the exchange, by a user without any right. Needs root and mounts."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

# `$1` is the root, `$2` the user, the rest is the command. The root gets /proc if it has a folder for it.
_SCRIPT = """\
mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"
mount --bind "$1/direktiv-data" "$1/direktiv-data" && mount -o remount,bind,rw "$1/direktiv-data"
test ! -d "$1/proc" || mount -t proc proc "$1/proc"
root=$1 user=$2
shift 2
exec setpriv --no-new-privs chroot --userspec="$user" "$root" "$@"
"""
_PATH = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def run_in(
    root: Path,
    *words: str,
    user: str = "65532:65532",
    environment: Mapping[str, str] | None = None,
    before: Callable[[], None] | None = None,
) -> None:
    """Runs /fn with the words to its end; whatever it says beside the log is a failure."""
    namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    command: list[str | Path] = [*namespaces, "bash", "-ec", _SCRIPT, "bash", root, user, "/fn", *words]
    done = subprocess.run(
        command, env={**(environment or {}), **_PATH}, capture_output=True, check=False, cwd="/", timeout=60,
        preexec_fn=before,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
