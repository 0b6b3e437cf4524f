"""Build the image of a file: its contents beside /fn, its configuration and its labels (`python3 build image`).

The Dockerfile uses `--root` for the same contents and repeats the configuration: change both together.
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
from build.core.process import run_imports
from build.pipeline import BuildResult, sbom_beside
from build.toolchain.debian import require_packages

EXCHANGE = "direktiv-data"
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
SBOM_PATH = "var/lib/db/sbom/fn.cdx.json"  # where scanners of images look
_ZONES = "usr/share/zoneinfo"
_OTHER_ZONES = ("posix", "right", "localtime", "posixrules")  # the same again, or of this machine
_USERS = "root:x:0:0:root:/:/sbin/nologin\nfn:x:65532:65532:fn:/:/sbin/nologin\n"
_GROUPS = "root:x:0:\nfn:x:65532:\n"


_USER = re.compile(r"[\w-]+(:[\w-]+)?", re.ASCII)
_TAG = re.compile(r"[a-z0-9][a-z0-9._/:-]*[a-z0-9](:\w[\w.-]*)?", re.ASCII)


@dataclass(frozen=True)
class ImageOptions:
    """The options of an image: `handler` is the default one; `base` names an image, or an archive of one."""

    tag: str
    user: str
    handler: str
    base: str
    labels: Mapping[str, str]
    compression: str

    @property
    def name(self) -> str:
        """The tag as engines know it: one that names no version means `latest`."""
        return self.tag if ":" in self.tag.rpartition("/")[2] else f"{self.tag}:latest"

    def check(self) -> None:
        """Raise BuildError for a value that no engine accepts."""
        if not _TAG.fullmatch(self.tag):
            raise BuildError(f"--tag: expected a name such as example/fn:1.0, got {self.tag!r}")
        if not _USER.fullmatch(self.user):
            raise BuildError(f"--user: expected UID or UID:GID such as 65532:65532, got {self.user!r}")


def make_image(make: Callable[[], BuildResult], handlers: Path, options: ImageOptions, archive: Path) -> None:
    """Build the file, write its image to an archive, and load it into Docker or Podman if present.

    Raise BuildError for invalid options, if possible before the file is built.
    """
    options.check()
    timestamp, engine = timestamp_of(handlers), Engine.find()
    base = _base(options.base, engine)
    made = make()
    with step("image") as line, tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "root")
        lay_out(made, root, timestamp, users=options.base == "scratch")
        settings = _settings(made.file, handlers, options)
        layer = oci.layer_of(root, timestamp, options.compression)
        image = oci.extended(base, layer, settings, timestamp, "python3 build image")
        archive.parent.mkdir(parents=True, exist_ok=True)
        unfinished = archive.with_name(f".{archive.name}.{os.getpid()}")
        oci.write(image, unfinished, options.name, timestamp)
        unfinished.rename(archive)
        line.note(f"{options.name}, {_size(root) / 1e6:.1f} MB, compressed {len(image.layers[-1].blob) / 1e6:.1f} MB")
    if engine is None:
        print(f"{shown(archive)}: no engine answers here; load it with docker load -i {archive}", flush=True)
        return
    with step("load") as line:
        line.note(engine.load(archive))


def lay_out(made: BuildResult, root: Path, timestamp: int, *, users: bool) -> None:
    """Create a folder with everything that the image holds."""
    require_packages(["ca-certificates"])
    root.mkdir(parents=True)
    shutil.copyfile(made.file, root / "fn")
    _copy(sbom_beside(made.file), root / SBOM_PATH)
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
        os.utime(path, (timestamp, timestamp), follow_symlinks=False)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _settings(file: Path, handlers: Path, options: ImageOptions) -> Mapping[str, object]:
    described = json.loads(run_imports([file, "--describe"], environment={}, what="asking the file for its handlers"))
    names = [each["name"] for each in described["handlers"]]
    if options.handler and options.handler.replace("_", "-") not in names:
        raise BuildError(f"--default: there is no handler {options.handler!r}", f"the handlers: {', '.join(names)}")
    labels = {
        "title": "fn",
        "description": f"Isolated functions for Direktiv: {', '.join(names)}",
        "version": described["version"],
        "revision": _git(handlers, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"),
        "licenses": "Apache-2.0",
    }
    return {
        "User": options.user,
        "Env": [f"SSL_CERT_FILE=/{CERTIFICATES}", f"FN_HANDLER={options.handler}"],
        "Entrypoint": ["/fn"],
        "WorkingDir": "/",
        "Labels": {
            **{f"org.opencontainers.image.{name}": value for name, value in labels.items()},
            "fn.describe": json.dumps(described, ensure_ascii=False, separators=(",", ":")),
            **options.labels,
        },
    }


def labels(texts: Sequence[str]) -> dict[str, str]:
    """Parse labels in the form NAME=VALUE; raise BuildError for any other form."""
    for text in texts:
        if text.find("=") < 1:
            raise BuildError(f"--label: expected NAME=VALUE, got {text!r}")
    return dict(text.split("=", 1) for text in texts)


def timestamp_of(handlers: Path) -> int:
    """Return the timestamp of all files in the image: SOURCE_DATE_EPOCH, else that of the commit, else 0."""
    given = source_date()
    return int(_git(handlers, "log", "-1", "--format=%ct") or 0) if given is None else given


def _git(folder: Path, *args: str) -> str:
    """Return the output of git in a folder, or "" if git fails."""
    try:
        done = subprocess.run(["git", "-C", folder, *args], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _base(name: str, engine: Engine | None) -> oci.Image:
    if name == "scratch":
        return oci.SCRATCH
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
