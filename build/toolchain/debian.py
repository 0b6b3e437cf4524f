"""Install Debian packages, and download the interpreter's source. Leave the machine's apt configuration alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from build.core.cache import locked, made_once
from build.core.errors import BuildError
from build.core.process import run

_INTERPRETERS = {"12": "python3.11", "13": "python3.13"}  # by release
STATUS = Path("/var/lib/dpkg/status")  # dpkg's own list of what is installed
_NO_QUESTIONS = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}


class PackagesMissingError(BuildError):
    """Debian packages are missing, and cannot be installed from here."""


def is_debian() -> bool:
    return shutil.which("dpkg-query") is not None


def interpreter() -> str:
    """Return the name of this Debian release's Python, or "" on any other system."""
    release = Path("/etc/os-release")
    fields = dict(re.findall(r'^(\w+)="?([^"\n]*)', release.read_text(), re.MULTILINE)) if release.exists() else {}
    return _INTERPRETERS.get(fields.get("VERSION_ID", ""), "") if fields.get("ID") == "debian" else ""


def require_packages(packages: Iterable[str], later: Iterable[str] = ()) -> list[str]:
    """Install missing packages if root, and return them. `later`: what other steps may ask another user for.

    Raise PackagesMissingError for another user, with the one line to run, and on any other system.
    """
    if not is_debian():
        raise PackagesMissingError(
            "this is no Debian system", "build on Debian 12 or 13, or in a container of it: docker build ."
        )
    missing = _missing(packages)
    if not missing:
        return []
    if os.geteuid() != 0:
        missing += [name for name in _missing(later) if name not in missing]
    line = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
    if os.geteuid() != 0:
        raise PackagesMissingError(
            "Debian packages are missing; this installs them:", f"sudo apt-get update && sudo {line}"
        )
    wait = "DPkg::Lock::Timeout=300"
    with locked("apt"):  # while one runs `update`, another one's fails
        if _missing(missing):  # or somebody has installed them meanwhile
            run(["apt-get", "-q", "-o", wait, "update"], environment=_NO_QUESTIONS, what="apt-get update")
            run(["apt-get", "-q", "-o", wait, *line.split()[1:]], environment=_NO_QUESTIONS, what=line)
    return missing


def _missing(packages: Iterable[str]) -> list[str]:
    """Return those that are not installed, each once."""
    named = [*dict.fromkeys(packages)]
    installed = _installed(named) if named else set[str]()
    return [name for name in named if name not in installed]


def _installed(packages: Sequence[str]) -> set[str]:
    """Return those that are installed; dpkg-query complains of what it does not know, and tells of the others."""
    query = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\\n", *packages]
    done = subprocess.run(query, capture_output=True, text=True, check=False)
    found = (line.split() for line in done.stdout.splitlines())
    return {words[0] for words in found if words[1:] == ["installed"]}


def versions(packages: Iterable[str], status: Path = STATUS) -> dict[str, str]:
    """Return the versions of those that are installed; nothing on any other system.

    Start no process: dpkg's list is read in a few milliseconds.
    """
    if not status.exists():
        return {}
    wanted, found = {*packages}, dict[str, str]()
    for record in status.read_text().split("\n\n"):
        name = record.partition("\n")[0].removeprefix("Package: ")
        if name in wanted and (version := re.search(r"^Version: (\S+)$", record, re.MULTILINE)):
            found[name] = version[1]
    return found


def version_of(package: str) -> str:
    return run(["dpkg-query", "-W", "-f", "${Version}", package], what=f"asking for the version of {package}").strip()


def python_source(python: str, cache: Path) -> tuple[Path, str]:
    """Return the unpacked source of Debian's interpreter, and a note if its version is not the installed one.

    A mirror may lack the newest security update's source: then the newest that is there is taken. Its extension
    modules are compiled against the installed headers all the same.
    """
    installed = version_of(f"lib{python}-dev")
    done = cache / f"{python}-source" / installed
    made_once(done, lambda unfinished: _download(python, installed, unfinished, cache))
    return next(path for path in done.iterdir() if path.is_dir()), (done / "remark").read_text()


def _download(python: str, installed: str, folder: Path, cache: Path) -> None:
    environment = _private_apt(cache / "apt")
    run(["apt-get", "-q", "update"], environment=environment, what="apt-get update for sources")
    records = run(["apt-cache", "showsrc", python], environment=environment, what=f"looking for the source of {python}")
    offered = sorted(set(re.findall(r"^Version: (\S+)", records, re.MULTILINE)), key=_version_key, reverse=True)
    failures = []
    for version in sorted(offered, key=lambda offer: offer != installed):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            run(
                ["apt-get", "-q", "source", f"{python}={version}"],
                cwd=folder,
                environment=environment,
                what="apt-get source",
            )
        except BuildError as error:
            failures.append(f"{version}: {error.advice.splitlines()[-1] if error.advice else error}")
            continue
        text = "" if version == installed else f"{python} {installed} with source {version}"
        (folder / "remark").write_text(text)
        return
    raise BuildError(
        f"the source of {python} is not to be had", "\n".join(failures) or "check the machine's apt sources"
    )


def _version_key(version: str) -> list[tuple[int, str]]:
    return [(int(part) if part.isdigit() else -1, part) for part in re.findall(r"\d+|\D+", version)]


def _private_apt(folder: Path) -> dict[str, str]:
    """Make an environment in which apt reads deb-src lines, derived from the machine's sources."""
    (folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (folder / "sources.list").write_text("".join(f"{line}\n" for line in source_lines()))
    (folder / "apt.conf").write_text(
        f'Dir::State::Lists "{folder}/lists";\n'
        f'Dir::Cache::pkgcache "{folder}/pkgcache.bin";\nDir::Cache::srcpkgcache "{folder}/srcpkgcache.bin";\n'
        f'Dir::Etc::SourceList "{folder}/sources.list";\nDir::Etc::SourceParts "/dev/null";\n'
        'APT::Sandbox::User "root";\n'
    )
    return {**_NO_QUESTIONS, "APT_CONFIG": str(folder / "apt.conf")}


def source_lines() -> list[str]:
    """Return deb-src lines for the machine's sources of Debian's main archive."""
    places = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    lines = []
    for place in places:
        if place.suffix not in (".list", ".sources") or not place.is_file():
            continue
        text = re.sub(r"^\s*#.*\n", "", place.read_text(), flags=re.MULTILINE)
        if place.suffix == ".sources":
            for stanza in re.split(r"\n\s*\n", text):
                fields = {
                    key.lower(): value for key, value in re.findall(r"^([\w-]+):[ \t]*(.*)$", stanza, re.MULTILINE)
                }
                signed = f"[signed-by={fields['signed-by']}] " if fields.get("signed-by", "").startswith("/") else ""
                for uri in fields.get("uris", "").split():
                    suites = fields.get("suites", "").split()
                    lines += [f"deb-src {signed}{uri} {suite} {fields.get('components', '')}" for suite in suites]
        else:
            lines += [
                re.sub(r"^deb(-src)?\s", "deb-src ", line)
                for line in text.splitlines()
                if re.match(r"deb(-src)?\s", line)
            ]
    wanted = [line for line in dict.fromkeys(lines) if re.search(r"\smain(\s|$)", line)]
    if not wanted:
        raise BuildError("no apt source with Debian's main archive was found", "add one below /etc/apt/sources.list.d")
    return wanted
