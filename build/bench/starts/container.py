"""Run a program in a container of runc or crun: a read-only root, no capability, user 65532, no network."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from build.core.errors import BuildError
from build.finished import put_in_place
from build.toolchain.debian import PackagesMissingError, require_packages

_KINDS = ("bounding", "effective", "inheritable", "permitted", "ambient")
_UNIFIED = Path("/sys/fs/cgroup/unified")
_CLONE_NEWNS = 0x20000


def runtimes() -> tuple[list[Path], str]:
    """Return the container runtimes of this machine, installed where that is possible; else why there are none."""
    if os.geteuid():
        return [], "containers need root"
    try:
        require_packages(["runc", "crun"])
    except (PackagesMissingError, BuildError) as error:
        return [], str(error)
    _one_hierarchy()
    return [Path(found) for name in ("runc", "crun") if (found := shutil.which(name))], ""


def _one_hierarchy() -> None:
    """Leave the control groups of version 2 if there are those of version 1, too: crun refuses both at once."""
    if not _UNIFIED.is_mount():
        return
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS):
        raise BuildError(f"a mount namespace cannot be made: {os.strerror(ctypes.get_errno())}")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["umount", "-l", _UNIFIED], check=True)


def root_of(file: Path, folder: Path) -> Path:
    """Return the root of an image that holds the file and an empty exchange."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "direktiv-data").mkdir(parents=True)
    put_in_place(file, folder / "fn", mode=0o755)
    return folder


def bundle(runtime: Path, root: Path, argv: Sequence[str], environment: Mapping[str, str], folder: Path) -> list[str]:
    """Write the bundle for a run whose exchange lies in the folder; return the command that runs it."""
    specification = {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": 65532, "gid": 65532},
            "args": list(argv),
            "env": [f"{name}={value}" for name, value in environment.items()],
            "cwd": "/",
            "capabilities": {kind: [] for kind in _KINDS},
            "noNewPrivileges": True,
        },
        "root": {"path": str(root), "readonly": True},
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"},
            {
                "destination": "/direktiv-data",
                "type": "bind",
                "source": str(folder / "exchange"),
                "options": ["rbind", "rw"],
            },
        ],
        "linux": {"namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount")]},
    }
    (folder / "config.json").write_text(json.dumps(specification))
    name = f"{runtime.name}-{os.getpid()}-{folder.parent.name}-{folder.name}"
    return [str(runtime), "--root", str(folder / "state"), "run", "--bundle", str(folder), name]
