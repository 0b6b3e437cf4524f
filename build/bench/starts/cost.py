"""Measure sizes: the memory of a run that is under way, files and images, raw and compressed."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from build.bench.figures.table import Table
from build.bench.starts.program import Program, held
from build.bench.starts.programs import COLD, FOLDER, PORTABLE_COLD, STAGE, WARM
from build.container import oci
from build.container.image import lay_out
from build.core.console import step
from build.core.paths import HANDLERS
from build.core.process import run
from build.finished import Request
from build.pipeline import BuildResult, build

_COUNTED = ("Pss_Anon", "Pss", "Rss")
_LEVEL = 6  # of gzip, as image builders have it


def memory(programs: Sequence[Program], folder: Path) -> Table:
    """Return the memory of all processes of a run while its handler waits: alone, with shared pages, in full."""
    held_alone = Request(STAGE / "handlers", link="static", snapshot="required", only=["hold"])
    alone = Program(f"{WARM}, one handler", [build(held_alone, FOLDER / "fn-hold").file])
    rows = []
    with step("memory") as line:
        for program in (alone, *programs):
            if "hold" in program.handlers and program.leaves:
                with held(program, folder / "held") as pid:
                    processes = list(_family(pid))
                    counted = [sum(_megabytes(each, name) for each in processes) for name in _COUNTED]
                rows.append([program.name, str(len(processes)), *(f"{each:.1f}" for each in counted)])
        line.note(f"{len(rows)} programs, their handlers waiting")
    heads = ("program", "processes", "own MB", "PSS MB", "RSS MB")
    return Table("Memory of one run whose handler waits", heads, rows)


def _family(pid: int) -> Iterator[int]:
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield from _family(int(child))


def _megabytes(pid: int, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def sizes(programs: Sequence[Program], folder: Path) -> Table:
    """Return the sizes of what is shipped of each program, and of the images of this repository's handlers."""
    rows = []
    with step("sizes") as line:
        for program in programs:
            shipped = program.ships or Path(program.command[0])
            if program.name not in (COLD, PORTABLE_COLD) and shipped.is_relative_to(FOLDER):
                files = [path for path in sorted(shipped.rglob("*")) if path.is_file()] or [shipped]
                rows.append(_row(program.name, [path.read_bytes() for path in files]))
        line.note(f"{len(rows)} programs")
    alone = Request(HANDLERS, link="portable", snapshot="required", only=["greet"])
    greet = build(alone, FOLDER / "greet-portable")
    rows.append(_row("fn, portable, greet alone", [greet.file.read_bytes()]))
    for link in ("static", "portable"):
        made = build(Request(HANDLERS, link=link), FOLDER / f"image-{link}")
        for compression in ("gzip", "zstd"):
            name = f"image of {HANDLERS.name}/, {link}, {compression}"
            rows.append([name, *_of_image(made, folder / f"{link}-{compression}", compression)])
    for handler in run([made.file, "--list"], what="the file, asked for its handlers").split():
        alone = Request(HANDLERS, link="static", snapshot="required", only=[handler])
        made = build(alone, FOLDER / f"image-{handler}")
        rows.append([f"image of {handler} alone, static, gzip", *_of_image(made, folder / handler, "gzip")])
    return Table("Size of what is shipped", ("program", "raw MB", "compressed MB"), rows)


def _of_image(made: BuildResult, root: Path, compression: str) -> tuple[str, str]:
    """Return the size of an image's files, and of its layer as it is pulled, in MB."""
    lay_out(made, root, 0, users=True)
    files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    raw, pulled = sum(path.stat().st_size for path in files), len(oci.layer_of(root, 0, compression).blob)
    return f"{raw / 1e6:.1f}", f"{pulled / 1e6:.1f}"


def _row(name: str, contents: Sequence[bytes]) -> list[str]:
    compressed = sum(len(gzip.compress(content, _LEVEL)) for content in contents)
    return [name, f"{sum(map(len, contents)) / 1e6:.1f}", f"{compressed / 1e6:.1f}"]
