"""The image of a file: what lies in it beside /fn, how it is configured and labelled. `python3 build image` makes it.

The Dockerfile has the same contents laid out by `--root`, and the same configuration: a change here is a change there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from build.container import oci
from build.container.engine import Engine
from build.core.console import step
from build.core.dates import source_date
from build.core.errors import BuildError
from build.core.paths import shown
from build.core.process import run
from build.pipeline import Made, bill_beside
from build.toolchain.debian import require_packages

EXCHANGE = "direktiv-data"
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
BILL = "var/lib/db/sbom/fn.cdx.json"  # where scanners of images look
_ZONES = "usr/share/zoneinfo"
_OTHER_ZONES = ("posix", "right", "localtime", "posixrules")  # the same again, or of this machine
_USERS = "root:x:0:0:root:/:/sbin/nologin\nfn:x:65532:65532:fn:/:/sbin/nologin\n"
_GROUPS = "root:x:0:\nfn:x:65532:\n"


_USER = re.compile(r"[\w-]+(:[\w-]+)?", re.ASCII)
_TAG = re.compile(r"[a-z0-9][a-z0-9._/:-]*[a-z0-9](:\w[\w.-]*)?", re.ASCII)


@dataclass(frozen=True)
class Wishes:
    """What an image was asked to be: `handler` runs when none is named; `base` is an image or an archive of one."""

    tag: str
    user: str
    handler: str
    base: str
    labels: Mapping[str, str]
    compression: str

    def check(self) -> None:
        """Raises BuildError for what no engine would take."""
        if not _TAG.fullmatch(self.tag):
            raise BuildError(f"--tag: expected a name such as example/fn:1.0, got {self.tag!r}")
        if not _USER.fullmatch(self.user):
            raise BuildError(f"--user: expected UID or UID:GID such as 65532:65532, got {self.user!r}")


def make_image(make: Callable[[], Made], handlers: Path, wishes: Wishes, archive: Path) -> None:
    """Has the file made and writes its image to an archive, and loads it where an engine answers.

    Raises BuildError for what cannot be, as far as possible before anything is made.
    """
    wishes.check()
    moment, engine = moment_of(handlers), Engine.find()
    base = _base(wishes.base, engine)
    made = make()
    with step("image") as line, tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "root")
        lay_out(made, root, moment, users=wishes.base == "scratch")
        settings = _settings(made.file, handlers, wishes)
        layer = oci.layer_of(root, moment, wishes.compression)
        image = oci.extended(base, layer, settings, moment, "python3 build image")
        archive.parent.mkdir(parents=True, exist_ok=True)
        unfinished = archive.with_name(f".{archive.name}.{os.getpid()}")
        oci.write(image, unfinished, wishes.tag, moment)
        unfinished.rename(archive)
        line.note(f"{wishes.tag}, {_size(root) / 1e6:.1f} MB, compressed {len(image.layers[-1].blob) / 1e6:.1f} MB")
    if engine is None:
        print(f"{shown(archive)}: no engine answers here; load it with docker load -i {archive}", flush=True)
        return
    with step("load") as line:
        line.note(engine.load(archive))


def lay_out(made: Made, root: Path, moment: int, *, users: bool) -> None:
    """Puts everything that the image holds into a folder that is not there yet."""
    require_packages(["ca-certificates"])
    root.mkdir(parents=True)
    shutil.copyfile(made.file, root / "fn")
    _copy(bill_beside(made.file), root / BILL)
    _copy(Path("/") / CERTIFICATES, root / CERTIFICATES)
    if users:  # a base has its own
        (root / "etc" / "passwd").write_text(_USERS)
        (root / "etc" / "group").write_text(_GROUPS)
    if made.needs_time_zones:
        require_packages(["tzdata"])
        ignore = shutil.ignore_patterns(*_OTHER_ZONES)
        shutil.copytree(Path("/") / _ZONES, root / _ZONES, symlinks=True, ignore=ignore)
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.name == "fn" else 0o644)
    for name, mode in (
        (EXCHANGE, 0o777),
        ("tmp", 0o1777),
    ):  # any user may run it, and nobody must mount a place for files
        (root / name).mkdir()
        (root / name).chmod(mode)
    for path in (root, *root.rglob("*")):
        os.utime(path, (moment, moment), follow_symlinks=False)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _settings(file: Path, handlers: Path, wishes: Wishes) -> Mapping[str, object]:
    described = json.loads(run([file, "--describe"], environment={}, what="asking the file for its handlers"))
    names = [each["name"] for each in described["handlers"]]
    if wishes.handler and wishes.handler.replace("_", "-") not in names:
        raise BuildError(f"--default: there is no handler {wishes.handler!r}", f"the handlers: {', '.join(names)}")
    labels = {
        "title": "fn",
        "description": f"Isolated functions for Direktiv: {', '.join(names)}",
        "version": described["version"],
        "revision": _git(handlers, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"),
        "licenses": "Apache-2.0",
    }
    return {
        "User": wishes.user,
        "Env": [f"SSL_CERT_FILE=/{CERTIFICATES}", f"FN_HANDLER={wishes.handler}"],
        "Entrypoint": ["/fn"],
        "WorkingDir": "/",
        "Labels": {
            **{f"org.opencontainers.image.{name}": value for name, value in labels.items()},
            "fn.describe": json.dumps(described, ensure_ascii=False, separators=(",", ":")),
            **wishes.labels,
        },
    }


def labels(texts: Sequence[str]) -> dict[str, str]:
    """Those given as NAME=VALUE; raises BuildError."""
    for text in texts:
        if text.find("=") < 1:
            raise BuildError(f"--label: expected NAME=VALUE, got {text!r}")
    return dict(text.split("=", 1) for text in texts)


def moment_of(handlers: Path) -> int:
    """The time of all that is in the image: SOURCE_DATE_EPOCH, or that of the commit; 0 where there is none."""
    given = source_date()
    return int(_git(handlers, "log", "-1", "--format=%ct") or 0) if given is None else given


def _git(folder: Path, *words: str) -> str:
    """What git says of the folder, "" where it knows nothing of it."""
    try:
        done = subprocess.run(["git", "-C", folder, *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _base(name: str, engine: Engine | None) -> oci.Image:
    if name == "scratch":
        return oci.NOTHING
    with step("base") as line:
        line.note(name)
        if Path(name).is_file():
            return oci.read(Path(name))
        if engine is None:
            raise BuildError(
                f"--base {name}: it is no file, and no engine answers that could fetch it",
                f"start docker or podman, or save it elsewhere: docker save {name} -o base.tar, then --base base.tar",
            )
        with tempfile.TemporaryDirectory() as folder:
            return oci.read(engine.save(name, Path(folder) / "base.tar"))


def _size(root: Path) -> int:
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink())
