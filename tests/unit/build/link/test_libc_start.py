"""The start of libc: this machine's is known, each edit is where the table says, any other libc is left alone."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from build.core.errors import BuildError
from build.link import libc_start
from build.link.libc_start import KNOWN, Edited, edited, quick_start

_PROGRAM = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(void)
{
    for (size_t length = 1; length < 64u << 20; length = length * 3 + 1) {
        char *from = malloc(length), *to = calloc(1, length);
        memset(from, (int)length, length);
        memcpy(to, from, length);
        memmove(to, to + length / 3, length - length / 3);
        if (memcmp(to, from, length))
            return 1;
        free(from);
        free(to);
    }
    return puts("right") < 0;
}
"""


@pytest.fixture
def original(tmp_path: Path) -> bytes:
    """The object as this machine's libc has it."""
    library = subprocess.run(["gcc", "-print-file-name=libc.a"], capture_output=True, text=True, check=True)
    subprocess.run(["ar", "x", "--output", tmp_path, library.stdout.strip(), "libc-start.o"], check=True)
    return (tmp_path / "libc-start.o").read_bytes()


def test_this_libc_is_known(original: bytes) -> None:
    """When it fails after an update: docs/start/libc-start.md, "A new libc"."""
    assert hashlib.sha256(original).hexdigest() in KNOWN


def test_nothing_but_the_edits_differs(original: bytes) -> None:
    changed = edited(original)
    assert changed is not None
    assert len(changed) == len(original)
    known = KNOWN[hashlib.sha256(original).hexdigest()]
    listed = {at for offset, before, _ in known.edits for at in range(offset, offset + len(before) // 2)}
    assert {at for at in range(len(original)) if changed[at] != original[at]} <= listed
    assert all(len(before) == len(after) for _, before, after in known.edits)


def test_copies_of_any_length_are_right(tmp_path: Path) -> None:
    (tmp_path / "program.c").write_text(_PROGRAM)
    [start] = quick_start(tmp_path / "libc")
    program = tmp_path / "program"
    subprocess.run(["gcc", "-O1", "-static", tmp_path / "program.c", start, "-o", program], check=True)
    assert subprocess.run([program], capture_output=True, check=True).stdout == b"right\n"


def test_another_object_is_left_alone(original: bytes) -> None:
    assert edited(original + b"\0") is None
    assert edited(b"") is None


@pytest.mark.parametrize(
    ("edits", "result", "problem"),
    [
        (((0, "00", "01"),), "", "has other code at 0x0"),
        (((0, "7f", "00"),), "0" * 64, "is not the one that was looked at"),
    ],
)
def test_a_wrong_row_is_refused(
    original: bytes, edits: tuple[tuple[int, str, str], ...], result: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {hashlib.sha256(original).hexdigest(): Edited("of a test", result, edits)}
    monkeypatch.setattr(libc_start, "KNOWN", row)
    with pytest.raises(BuildError, match=problem):
        edited(original)
