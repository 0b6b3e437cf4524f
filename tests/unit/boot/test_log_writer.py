"""The log writer, alone: whole lines of clean UTF-8, none too long, however the bytes come; each write ends a line."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from build.core.paths import BOOT
from build.link.static import COMPILE
from tests.boot.building import SANITIZERS

LINE_MAX = 32 * 1024
_PAGE = 4096
_PROGRAM = """
#include "shared/clock.h"
#include "supervisor/log_file.h"
#include "supervisor/log_writer.h"
#include <stdio.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>
double monotonic_now(void) { return 0; }
ssize_t __real_write(int fd, const void *bytes, size_t length);
ssize_t __wrap_write(int fd, const void *bytes, size_t length)
{
    fprintf(stderr, "%zu\\n", length);
    return __real_write(fd, bytes, length);
}
/* Standard input: chunks as a length of four bytes and the bytes. Standard output: the log. Standard error: the length
 * of each write. */
int main(void)
{
    static unsigned char bytes[1 << 20];
    static struct log_writer writer;
    uint32_t length;
    log_file_open(&writer, STDOUT_FILENO, -1);
    while (fread(&length, sizeof length, 1, stdin) == 1) {
        if (fread(bytes, 1, length, stdin) != length)
            return 1;
        for (uint32_t at = 0; at < length; at += LOG_WRITER_MOST) {
            log_writer_feed(&writer, bytes + at, length - at < LOG_WRITER_MOST ? length - at : LOG_WRITER_MOST);
            log_writer_flush(&writer);
        }
    }
    log_writer_finish(&writer);
    return 0;
}
"""
_ESCAPES = {code: f"\\x{code:02x}" for code in (*range(0x20), 0x7F, *range(0x80, 0xA0)) if chr(code) not in "\t\n"}
_INTERESTING = st.sampled_from(
    [b"\n", b"\r\n", b"\t", b"\x1b[31m", b"\x00", b"\x7f", b"\xc2\x85", b"\xff", b"\xe2\x82", b"\xac",
     b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xf0\x9f", b"\xf4\x90\x80\x80", b"\xc0\xaf", "ä€".encode(),
     b"x" * (LINE_MAX - 2), b"y" * LINE_MAX]
)  # fmt: skip
_CHUNKS = st.lists(
    st.binary(max_size=40) | _INTERESTING | st.lists(_INTERESTING, max_size=5).map(b"".join), max_size=12
)
_same_program = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log writer of the supervisor alone, with the sanitizers."""
    folder = tmp_path_factory.mktemp("writer")
    source, program = folder / "main.c", folder / "writer"
    source.write_text(_PROGRAM)
    sources = [source, *(BOOT / "supervisor" / f"{name}.c" for name in ("log_writer", "log_file"))]
    command: list[str | Path] = ["gcc", *COMPILE, *SANITIZERS, f"-I{BOOT}", *sources, "-Wl,--wrap=write", "-o", program]
    subprocess.run(command, check=True)
    return program


def _framed(chunks: Sequence[bytes]) -> bytes:
    return b"".join(len(chunk).to_bytes(4, "little") + chunk for chunk in chunks)


def _log(program: Path, chunks: Sequence[bytes]) -> bytes:
    return subprocess.run([program], input=_framed(chunks), capture_output=True, check=True).stdout


def _expected(written: bytes) -> bytes:
    """The log, by the rules, with as much of a line as goes into one."""
    lines, line, length = list[str](), list[str](), 0
    for character in written.decode("utf-8", "replace"):
        piece = _ESCAPES.get(ord(character), character)
        size = len(piece.encode())
        if character == "\n" or length + size >= LINE_MAX:
            lines.append("".join(line))
            line, length = [], 0
        if character != "\n":
            line.append(piece)
            length += size
    lines += ["".join(line)] if line else []
    return "".join(f"{each}\n" for each in lines).encode()


@_same_program
@given(chunks=_CHUNKS)
def test_what_comes_out(writer: Path, chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    assert _log(writer, chunks) == _log(writer, [whole]) == _expected(whole)


@_same_program
@given(chunk=st.binary(max_size=200) | st.lists(_INTERESTING, max_size=3).map(lambda parts: b"".join(parts)[-300:]))
def test_bytes_that_come_one_by_one(writer: Path, chunk: bytes) -> None:
    assert _log(writer, [chunk[at : at + 1] for at in range(len(chunk))]) == _expected(chunk)


def test_clean_lines_pass_unchanged(writer: Path) -> None:
    text = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0xD800), *range(0xE000, 0x11000)]))
    lines = "".join(f"{text[at : at + 500]}\n" for at in range(0, len(text), 500)).encode()
    assert _log(writer, [lines]) == lines


@_same_program
@given(lengths=st.lists(st.integers(0, 9000), min_size=1, max_size=9), offset=st.integers(0, 20_000))
def test_writes_are_whole_lines_and_end_with_a_page_where_they_can(
    writer: Path, tmp_path_factory: pytest.TempPathFactory, lengths: list[int], offset: int
) -> None:
    file = tmp_path_factory.getbasetemp() / "out.log"
    file.write_bytes(b"x" * offset)
    lines = b"".join(b"x" * length + b"\n" for length in lengths)
    with file.open("ab") as log:
        told = subprocess.run([writer], input=_framed([lines]), stdout=log, stderr=subprocess.PIPE, check=True).stderr
    content = file.read_bytes()
    assert content[offset:] == lines
    for length in map(int, told.split()):
        piece = content[offset : offset + length]
        assert piece.endswith(b"\n")
        assert offset % _PAGE + length <= _PAGE or piece.count(b"\n") == 1
        offset += length
    assert offset == len(content)
