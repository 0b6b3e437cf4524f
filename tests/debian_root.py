"""A fresh Debian in a folder, for tests that need one: as a container's base image or to change root into.

Made with mmdebstrap (needs root), once per suite: it installs all packages at once. The root finds packages where this
machine does: it has the machine's sources and settings of apt, its settings of pip, and its additional certificate
authorities, and nothing else of it.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from build.core.cache import made_once
from build.core.paths import CACHE
from build.core.process import run
from build.toolchain.debian import source_lines

_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
_OF_DEBIAN = Path("/usr/share/ca-certificates")
# Asked nothing, and waiting for no disk.
_QUICKLY = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "DPKG_FORCE": "unsafe-io", "LC_ALL": "C"}
_REACHING = re.compile(r"Acquire::(https?|Check-|Retries|ForceIP)")  # how apt reaches its sources, and judges them
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)


def debian_root(suite: str, packages: Sequence[str] = ()) -> Path:
    """The root folder of a minimal Debian such as "bookworm"; whoever changes it works on a copy.

    With `packages`, a root of the caller's own, to change and to keep between sessions.
    """
    made = CACHE / "systems" / "-".join([suite, *packages])
    return made_once(made, lambda folder: _make(suite, packages, folder))


def _make(suite: str, packages: Sequence[str], made: Path) -> None:
    with tempfile.TemporaryDirectory(dir=made.parent) as folder:  # what was stopped halfway leaves nothing
        root = Path(folder, "root")
        _install(suite, packages, root)
        root.rename(made)


def _install(suite: str, packages: Sequence[str], root: Path) -> None:
    settings = run(["apt-config", "dump", "Acquire"], what="apt-config").splitlines(keepends=True)
    reaching = root.with_name("apt.conf")
    reaching.write_text("".join(filter(_REACHING.match, settings)))
    words = ["mmdebstrap", "--quiet", "--variant=minbase", f"--aptopt={reaching}", "--dpkgopt=force-unsafe-io"]
    if packages:
        words.append(f"--include={','.join(packages)}")
    run([*words, suite, root, *_lines_for(suite)], environment=_QUICKLY, what="mmdebstrap")
    if Path("/etc/pip.conf").exists():
        shutil.copy("/etc/pip.conf", root / "etc" / "pip.conf")
    local = (
        root / "usr" / "local" / "share" / "ca-certificates"
    )  # for the package ca-certificates, once it is installed
    local.mkdir(parents=True, exist_ok=True)
    for number, certificate in enumerate(_extra_authorities()):
        (local / f"machine-{number}.crt").write_text(certificate)


def _lines_for(suite: str) -> list[str]:
    """The machine's apt sources of Debian itself, for another suite."""
    here = platform.freedesktop_os_release()["VERSION_CODENAME"]
    found = [re.fullmatch(rf"deb-src (.*\S) {here}(-\S+)? (.+)", line) for line in source_lines()]
    return [f"deb {match[1]} {suite}{match[2] or ''} {match[3]}" for match in found if match]


def _extra_authorities() -> list[str]:
    """Those that the machine trusts beyond Debian's own."""
    known = {found for path in _OF_DEBIAN.rglob("*.crt") for found in _CERTIFICATE.findall(path.read_text())}
    return sorted(set(_CERTIFICATE.findall(_BUNDLE.read_text())) - known) if _BUNDLE.exists() else []
