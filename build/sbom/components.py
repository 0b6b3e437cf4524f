"""Find the component that each file of the link comes from: on this machine, in an environment, in sources."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sysconfig
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from build.core.cache import digest, write_whole
from build.core.component import HASH_FILE, Component, of_metadata
from build.core.distributions import distributions
from build.core.errors import BuildError
from build.core.paths import CACHE
from build.core.process import run
from build.sbom.licences import of_debian
from build.toolchain.debian import STATUS, is_debian


def of_machine(paths: Iterable[Path]) -> list[Component]:
    """Return the Debian packages that own the files; on another system, a component for each file.

    Raise BuildError for a file that belongs to no package.
    """
    wanted = {path.resolve() for path in paths}
    if not is_debian():
        return [Component(path.name, "", f"pkg:generic/{path.name}", "NOASSERTION", (path.name,)) for path in wanted]
    return _of_packages(wanted, _owners(wanted))


def _of_packages(wanted: Iterable[Path], owners: Mapping[Path, str]) -> list[Component]:
    if unknown := sorted(str(path) for path in wanted if path not in owners):
        raise BuildError(f"these parts of the file belong to no Debian package: {', '.join(unknown)}")
    files: dict[str, list[str]] = {}
    for path in sorted(wanted):
        files.setdefault(owners[path], []).append(path.name)
    about = _about(files) if files else {}
    return [_of_package(about[package], names) for package, names in sorted(files.items())]


def _owners(paths: Iterable[Path]) -> dict[Path, str]:
    """Map files to packages; from the cache, while the machine has the same packages."""
    names = sorted(map(str, paths))
    kept = CACHE / "owners" / digest([Path(__file__), STATUS, *names])[:32]
    if not kept.exists():
        write_whole(kept, json.dumps(_asked_owners(names)))
    return {Path(name): package for name, package in json.loads(kept.read_text()).items()}


def _asked_owners(paths: Iterable[str]) -> dict[str, str]:
    """Ask dpkg, which reads the lists of all packages. It knows files in /usr/lib also as files in /lib, a link."""
    names = {name: path for path in paths for name in (path, path.removeprefix("/usr"))}
    asked = ["dpkg-query", "-S", *names]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)  # status 1: some belong to none
    found = {}
    for line in done.stdout.splitlines():
        packages, _, name = line.partition(": ")
        if (
            name in names and "diversion" not in packages.split()
        ):  # "diversion by PACKAGE from": another line has the owner
            found[names[name]] = packages.split(",")[0]
    return found


def _about(packages: Iterable[str]) -> dict[str, list[str]]:
    """Return what the machine knows of each package: name, version, architecture, source and the source's version."""
    form = "${binary:Package}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n"
    asked = ["dpkg-query", "-W", "-f", form, *packages]
    lines = (line.split("\t") for line in run(asked, what="asking for packages").splitlines())
    return {package: about for package, *about in lines}


def _of_package(about: list[str], files: list[str]) -> Component:
    name, version, machine, source, of_source = about
    purl = f"pkg:deb/debian/{name}@{version}?arch={machine}&distro={_distribution()}&upstream={source}%40{of_source}"
    return Component(name, version, purl.replace("+", "%2B"), of_debian(source, name), tuple(files))


def _distribution() -> str:
    release = platform.freedesktop_os_release()
    return f"{release['ID']}-{release.get('VERSION_ID', 'unstable')}"


def of_interpreter_source(source: Path, objects: Iterable[Path]) -> list[Component]:
    """Return CPython's extension modules, compiled from Debian's source package, and its copy of libmpdec."""
    first = (source / "debian" / "changelog").read_text().partition("\n")[0]
    name, version = re.findall(r"^(\S+) \((\S+)\)", first)[0]
    purl = f"pkg:deb/debian/{name}@{version}?arch=source&distro={_distribution()}".replace("+", "%2B")
    files = [path.name for path in objects]
    parts = [Component(f"{name} (extension modules)", version, purl, "PSF-2.0", tuple(files))]
    decimal = source / "Modules" / "_decimal" / "libmpdec" / "mpdecimal.h"
    if any(file.startswith("_decimal") for file in files):
        found = re.findall(r'MPD_VERSION\s+"([\d.]+)"', decimal.read_text())[0]
        parts.append(Component("libmpdec", found, f"pkg:generic/mpdecimal@{found}", "BSD-2-Clause"))
    return parts


def of_packages(files: Iterable[Path], folders: Iterable[Path]) -> list[Component]:
    """Return the Python distributions in the folders that own any of the files, with those files."""
    wanted, parts = {str(path) for path in files}, []
    for folder in folders:
        for found, names in distributions(folder):
            own = sorted(wanted.intersection(f"{folder}/{name}" for name in names))
            if own:
                parts.append(_of_distribution(found, own))
    return sorted(parts, key=lambda part: part.name)


def _of_distribution(found: metadata.Distribution, files: list[str]) -> Component:
    shared = tuple(dict.fromkeys(Path(file).name for file in files if ".so" in file))
    return of_metadata(found.metadata, shared, _hash_of(found))


def _hash_of(found: metadata.Distribution) -> str:
    """Return the hash of the installed wheel, if build/toolchain/requirements.py recorded it."""
    return (found.read_text(HASH_FILE) or "").strip()


def of_python() -> Component:
    """Return the interpreter, for a machine without a package database."""
    version = platform.python_version()
    return Component("CPython", version, f"pkg:generic/python@{version}", "PSF-2.0")


def standard_library(sources: Iterable[Path]) -> list[Component]:
    """Return the owner of the standard library's modules: Debian's packages, or the interpreter."""
    folder = Path(sysconfig.get_path("stdlib"))
    used = [source for source in sources if source.is_relative_to(folder)]
    owners = _owners(map(Path.resolve, used)) if is_debian() else {}
    if not used or used[0].resolve() not in owners:
        return [of_python()]
    return [replace(part, files=()) for part in _of_packages({*map(Path.resolve, used)}, owners)]


def merged(parts: Iterable[Component]) -> list[Component]:
    """Merge components of the same package, with the files of all, sorted by name."""
    found: dict[str, Component] = {}
    for part in parts:
        earlier = found.get(part.purl)
        files = dict.fromkeys([*(earlier.files if earlier else ()), *part.files])
        hashed = part.sha256 or (earlier.sha256 if earlier else "")
        found[part.purl] = replace(part, files=tuple(files), sha256=hashed)
    return sorted(found.values(), key=lambda part: (part.name.lower(), part.purl))
