"""Find words of the snapshot that are addresses of functions that the kernel lends: a restore writes its own there.

Without them every look at the clock is a system call. No libc says where it keeps them: a small program is started with
the loader and the libc that the file carries, and looks.
"""

from __future__ import annotations

from pathlib import Path

from build.core.process import run
from build.link.static import COMPILE

_SOURCE = Path(__file__).with_suffix(".c")


def kernel_words(loader: Path, libc: Path, work: Path) -> list[tuple[int, str]]:
    """Return places in the loader's data, each with the name of the function; none where the kernel lends nothing."""
    program = work / "kernel-words"
    run(["gcc", *COMPILE, _SOURCE, "-o", program], what="compiling the look at the loader's data")
    printed = run(
        [loader, "--library-path", libc.parent, program], environment={}, what="the look at the loader's data"
    )
    pairs = (line.split() for line in printed.splitlines())
    return [(int(place), name) for place, name in pairs]
