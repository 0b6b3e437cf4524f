"""Look up the components of a file in a database of vulnerabilities (`python3 build audit`).

The components are those of the SBOM; the database is OSV, which covers PyPI, crates.io and Debian, or one with the same
interface. Change nothing, and never take silence for "nothing is known".
"""

from __future__ import annotations

import http.client
import json
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from packageurl import PackageURL

from build.core.console import counted, step
from build.core.errors import BuildError
from build.core.process import run_imports

NOTHING_KNOWN, VULNERABLE, NOT_REACHED = 0, 3, 4  # exit statuses; 1 is any other failure
_PATIENCE = 30.0  # seconds for one answer


@dataclass(frozen=True, order=True)
class _Package:
    """A package as the database knows it; several components can come from one."""

    ecosystem: str
    name: str
    version: str


class _Finding(NamedTuple):
    package: _Package
    name: str  # of the vulnerability: its CVE where it has one
    names: frozenset[str]  # all of its names
    fixed: str
    summary: str


class _NotReachedError(Exception):
    """The database gave no readable answer; the text says why."""


def audit(sbom: dict[str, Any], database: str, ignored: Sequence[str]) -> int:
    """Print the known vulnerabilities of the components of an SBOM; return one of the three statuses.

    `ignored` names vulnerabilities that somebody has judged already. Raise BuildError for an invalid address.
    """
    if not database.startswith(("https://", "http://")):
        raise BuildError(f"--database: expected an address such as https://api.osv.dev, got {database!r}")
    packages: dict[_Package, list[str]] = {}
    unlisted = []
    for part in sbom["components"]:
        if package := _package(part["purl"]):
            packages.setdefault(package, []).append(part["name"])
        else:
            unlisted.append(f"{part['name']} {part['version']}".strip())
    try:
        with step("database") as line:
            found = [vulnerability for package in sorted(packages) for vulnerability in _known(package, database)]
            line.note(f"{database}, asked for {counted(len(packages), 'package')}")
    except _NotReachedError as error:
        print(f"audit: the database {database} cannot be asked: {error}")
        print("Nothing was audited. Name one that can be reached, of the same interface, with --database URL, or take")
        print("the SBOM (fn --sbom) to where it can be: python3 build audit --file fn.cdx.json")
        return NOT_REACHED
    left = [vulnerability for vulnerability in found if not vulnerability.names.intersection(ignored)]
    for package in sorted({vulnerability.package for vulnerability in left}):
        print(f"\n{package.ecosystem}: {package.name} {package.version} (here: {', '.join(packages[package])})")
        for known in (each for each in left if each.package == package):
            print(f"  {known.name:<20} {known.fixed or 'no version with a fix':<32} {known.summary}".rstrip())
    if unlisted:
        print(f"\nnot in the database, look after them yourself: {', '.join(unlisted)}")
    if stale := set(ignored).difference(*(vulnerability.names for vulnerability in found)):
        print(f"no longer needed: {' '.join(f'--ignore {name}' for name in sorted(stale))}")
    print(f"known vulnerabilities: {len(left)}" + (f", and {len(found) - len(left)} ignored" if ignored else ""))
    return VULNERABLE if left else NOTHING_KNOWN


def read_sbom(file: Path) -> dict[str, Any]:
    """Read the SBOM of a built file, or a `.cdx.json`; raise BuildError for any other file."""
    try:
        if file.suffix == ".json":
            sbom = json.loads(file.read_bytes())
        else:
            sbom = json.loads(run_imports([file, "--sbom"], environment={}, what=f"asking {file.name} for its parts"))
        if sbom["bomFormat"] != "CycloneDX" or not all("purl" in part for part in sbom["components"]):
            raise ValueError("no CycloneDX with package addresses")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BuildError(f"{file} has no SBOM: {error}", "name a file that fn's build made, or its .cdx.json") from None
    return dict(sbom)


def _package(purl: str) -> _Package | None:
    """Return a component's package in the database, for Debian its source package; None if it lists none."""
    address = PackageURL.from_string(purl)
    version = address.version or ""
    qualifiers: dict[str, str] = dict(address.qualifiers or {})
    if address.type == "pypi":
        return _Package("PyPI", address.name, version)
    if address.type == "cargo":
        return _Package("crates.io", address.name, version)
    if address.type == "deb" and address.namespace == "debian":
        source, _, of_source = qualifiers.get("upstream", f"{address.name}@{version}").partition("@")
        return _Package(qualifiers["distro"].replace("debian-", "Debian:"), source, of_source)
    return None


def _known(package: _Package, database: str) -> Iterator[_Finding]:
    seen = set()
    for record in _records(package, database):
        names = frozenset([record["id"], *record.get("aliases", ()), *record.get("upstream", ())])
        name = min((each for each in record.get("aliases", ()) if each.startswith("CVE-")), default=record["id"])
        if name in seen or "withdrawn" in record:
            continue  # one vulnerability can have a record of each of several authorities
        seen.add(name)
        fixed = ", ".join(_fixes(record, package))
        summary = record.get("summary") or record.get("details", "").partition("\n")[0]
        yield _Finding(package, name, names, f"fixed in {fixed}" if fixed else "", summary[:100])


def _fixes(record: dict[str, Any], package: _Package) -> Iterator[str]:
    for affected in record.get("affected", ()):
        of = affected.get("package", {})
        if (of.get("name"), of.get("ecosystem")) == (package.name, package.ecosystem):
            for each in affected.get("ranges", ()):
                if each.get("type") != "GIT":
                    yield from (event["fixed"] for event in each.get("events", ()) if "fixed" in event)


def _records(package: _Package, database: str) -> Iterator[dict[str, Any]]:
    """Yield all vulnerabilities of a package, page by page (`query` of the OSV API, version 1)."""
    asked: dict[str, Any] = {
        "version": package.version,
        "package": {"name": package.name, "ecosystem": package.ecosystem},
    }
    while True:
        answer = _ask(f"{database.rstrip('/')}/v1/query", asked)
        yield from answer.get("vulns", ())
        if not (token := answer.get("next_page_token")):
            return
        asked["page_token"] = token


def _ask(address: str, question: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310  (the address is the caller's)
        address, json.dumps(question).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310
            read = json.loads(answer.read())
    except (OSError, http.client.HTTPException) as error:
        raise _NotReachedError(str(getattr(error, "reason", "")) or str(error) or type(error).__name__) from None
    except ValueError:
        raise _NotReachedError("it did not answer with JSON") from None
    if not isinstance(read, dict):
        raise _NotReachedError("it answered with something else than records")
    return read
