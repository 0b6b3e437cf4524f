"""Install an author's packages from wheels, apart from the build's own, and explain failures.

Compile nothing and run no code of a package: an sdist may need a compiler, libraries and minutes.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, canonicalize_name
from packaging.utils import parse_sdist_filename as parse_sdist
from packaging.utils import parse_wheel_filename as parse_wheel

from build.core.cache import digest, made_once
from build.core.component import HASH_FILE
from build.core.console import counted, step
from build.core.errors import BuildError
from build.core.paths import CACHE
from build.core.process import run
from build.toolchain.requirement_files import key_of

_INSTALL = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--only-binary", ":all:"]
_PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
_HERE = f"Python {_PYTHON} on x86-64 Linux"
_SHOWN = 3  # files in a message
_ADVICE = """\
build a wheel of it once, and let the requirements file look for it with a line `--find-links wheels`:
  python{python} -m pip wheel --no-deps --wheel-dir wheels '{requirement}'"""

# What pip writes into its log.
_NOT_FOUND = re.compile(r"No matching distribution found for (.+)")
_UNSUPPORTED = re.compile(r"ERROR: (\S+\.whl) is not a supported wheel on this platform")
_SKIPPED = re.compile(r"Skipping link: (No sources permitted|none of the wheel's tags).*?: \S*?([^/\s#?]+)[#?\n ]")


def author_packages(requirements: Path | None) -> Path | None:
    """Return the folder with the packages of a requirements file; raise BuildError if one cannot be installed."""
    if requirements is None:
        return None
    target = CACHE / "requirements" / digest([*key_of(requirements), sys.version])[:16]
    with step("requirements") as line:
        if target.exists():
            line.note("cached")
            return target
        made_once(target, lambda unfinished: _install(requirements, unfinished))
        line.note(f"{requirements.name}: {counted(len(list(target.glob('*.dist-info'))), 'package')}")
    return target


def _install(requirements: Path, packages: Path) -> None:
    log, report = packages.with_suffix(".log"), packages.with_suffix(".json")
    where: list[str | Path] = ["--target", packages, "--log", log, "--report", report, "-r", requirements]
    try:
        run([sys.executable, *_INSTALL, *where], what=f"installing {requirements}")
    except BuildError as error:
        raise _explained(error, log.read_text() if log.exists() else "") from None
    finally:
        log.unlink(missing_ok=True)
    _note_hashes(packages, report)


def _note_hashes(packages: Path, report: Path) -> None:
    """Record the hash of each package's wheel in its metadata, for the SBOM."""
    hashes = {
        canonicalize_name(each["metadata"]["name"]): each["download_info"].get("archive_info", {}).get("hashes", {})
        for each in json.loads(report.read_text())["install"]
    }
    report.unlink()
    for folder in packages.glob("*.dist-info"):
        found = hashes.get(canonicalize_name(folder.name.split("-")[0]), {})
        (folder / HASH_FILE).write_text(found.get("sha256", ""))


def _explained(error: BuildError, log: str) -> BuildError:
    """Return an error with its cause and the next step, as far as pip's log tells them."""
    if unsupported := _UNSUPPORTED.findall(log):
        return BuildError(f"{unsupported[-1]} is a wheel for another machine, not for {_HERE}", "name the right one")
    missing = _NOT_FOUND.findall(log)
    try:
        wanted = Requirement(missing[-1].split(" (from ")[0])
    except (IndexError, InvalidRequirement):
        return error
    reasons = dict(_matching(wanted, log))
    wheels = [file for file in reasons if file.endswith(".whl")]
    sources = [file for file in reasons if file not in wheels]
    advice = _ADVICE.format(python=_PYTHON, requirement=wanted)
    if wheels:
        found = f"{wanted}: its wheels are for other machines, none is for {_HERE}"
        advice = f"choose a version that has one, or {advice}" if sources else "choose a version that has one"
        return BuildError(f"{found}:\n  " + "\n  ".join(wheels[-_SHOWN:]), advice)
    if sources:
        return BuildError(f"{wanted}: there is only its source ({sources[-1]}), and no wheel for {_HERE}", advice)
    return error


def _matching(wanted: Requirement, log: str) -> Iterator[tuple[str, str]]:
    """Return the files of the requested version that pip passed over, and why."""
    for reason, file in _SKIPPED.findall(log):
        try:
            name, version = parse_wheel(file)[:2] if file.endswith(".whl") else parse_sdist(file)
        except (InvalidWheelFilename, InvalidSdistFilename):
            continue
        if name == canonicalize_name(wanted.name) and wanted.specifier.contains(version, prereleases=True):
            yield file, reason
