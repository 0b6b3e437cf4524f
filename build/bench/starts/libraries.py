"""Measure a large C library that is compressed in the file: what a run pays for that, and what it saves."""

from __future__ import annotations

from pathlib import Path

from build.bench.figures.table import Table
from build.bench.starts import times
from build.bench.starts.program import Program
from build.bench.starts.programs import FOLDER
from build.pipeline import build_file

_HANDLER = """\
from entry import handler
{imports}

@handler
def greet(data: object) -> str:
    import ssl

    return ssl.OPENSSL_VERSION
"""
# What the module imports: hashlib calls OpenSSL too, so that it stays in its place.
_FILES = {
    "ssl imported by the run, OpenSSL compressed": "",
    "ssl imported by the run, OpenSSL in its place": "import hashlib",
    "ssl imported at module level": "import ssl",
}


def libraries(runs: int, folder: Path) -> Table:
    """Return the start of three handlers that use OpenSSL."""
    programs = [
        Program(name, [_made(f"openssl-{number}", imports)]) for number, (name, imports) in enumerate(_FILES.items())
    ]
    taken = times.measured("libraries", programs, runs, folder)
    sizes = [Path(program.command[0]).stat().st_size for program in programs]
    rows = [
        [name, f"{1e3 * one.median:.1f}", f"{1e3 * one.lowest:.1f}", f"{size / 1e6:.1f}"]
        for (name, one), size in zip(taken.items(), sizes, strict=True)
    ]
    return Table("The start of a handler that uses OpenSSL", ("handler", "median ms", "lowest ms", "file, MB"), rows)


def _made(name: str, imports: str) -> Path:
    handlers = FOLDER / name / "handlers"
    handlers.mkdir(parents=True, exist_ok=True)
    (handlers / "greet.py").write_text(_HANDLER.format(imports=imports))
    return build_file(handlers, None, handlers.parent / "fn")
