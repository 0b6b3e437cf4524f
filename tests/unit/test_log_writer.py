"""The log pump: the one in C and the one in Python against each other, and against the rules."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from build.core.paths import BOOT
from build.link.static import COMPILE
from entry.runtime.logfile import first_piece
from entry.runtime.pump import LINE_MAX, LinePump

_PROGRAM = """
#include "shared/clock.h"
#include "supervisor/log_file.h"
#include "supervisor/log_writer.h"
#include <stdio.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>
double monotonic_now(void) { return 0; }
/* Standard input: chunks as a length of four bytes and the bytes. Standard output: the log. */
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
_INTERESTING = st.sampled_from(
    [b"\n", b"\r\n", b"\t", b"\x1b[31m", b"\x00", b"\x7f", b"\xc2\x85", b"\xff", b"\xe2\x82", b"\xac",
     b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xf0\x9f", b"\xf4\x90\x80\x80", b"\xc0\xaf", "ä€".encode(),
     b"x" * (LINE_MAX - 2), b"y" * LINE_MAX]
)  # fmt: skip
_CHUNKS = st.lists(
    st.binary(max_size=40) | _INTERESTING | st.lists(_INTERESTING, max_size=5).map(b"".join), max_size=12
)


@pytest.fixture(scope="module")
def pump_in_c(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The log writer of the supervisor alone, with the sanitizers."""
    folder = tmp_path_factory.mktemp("pump")
    source, program = folder / "main.c", folder / "pump"
    source.write_text(_PROGRAM)
    sanitize = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"]
    pumps = [BOOT / "supervisor" / f"{name}.c" for name in ("log_writer", "log_file")]
    command = ["gcc", *COMPILE, *sanitize, f"-I{BOOT}", source, *pumps, "-o", program]
    subprocess.run([str(word) for word in command], check=True)
    yield program


def _in_c(program: Path, chunks: list[bytes]) -> bytes:
    framed = b"".join(len(chunk).to_bytes(4, "little") + chunk for chunk in chunks)
    return subprocess.run([program], input=framed, capture_output=True, check=True).stdout


def _in_python(chunks: list[bytes]) -> bytes:
    pump = LinePump()
    return b"".join([*map(pump.feed, chunks), pump.finish()])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chunks=_CHUNKS)
def test_both_pumps_write_the_same(pump_in_c: Path, chunks: list[bytes]) -> None:
    assert _in_c(pump_in_c, chunks) == _in_python(chunks)


@given(_CHUNKS)
def test_what_comes_out(chunks: list[bytes]) -> None:
    written = _in_python(chunks)
    assert written.decode("utf-8")[-1:] in ("\n", "")
    lines = written.split(b"\n")
    assert all(len(line) < LINE_MAX for line in lines)
    assert not any((byte < 0x20 and byte not in b"\t\n") or byte == 0x7F for byte in written)


@given(_CHUNKS)
def test_how_it_is_cut_into_chunks_does_not_matter(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    assert _in_python(chunks) == _in_python([whole]) == _in_python([whole[at : at + 1] for at in range(len(whole))])


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=500).filter(lambda text: "\n" not in text))
def test_clean_lines_pass_unchanged(line: str) -> None:
    assert _in_python([line.encode() + b"\n"]) == line.encode() + b"\n"


@given(st.lists(st.integers(0, 9000), min_size=1, max_size=9), st.integers(0, 20_000))
def test_pieces_are_whole_lines_and_end_with_a_page_where_they_can(lengths: list[int], offset: int) -> None:
    lines = b"".join(b"x" * length + b"\n" for length in lengths)
    while lines:
        piece = lines[: first_piece(lines, offset)]
        assert piece.endswith(b"\n")
        crosses = offset % 4096 + len(piece) > 4096
        assert not crosses or piece.count(b"\n") == 1
        lines, offset = lines[len(piece) :], offset + len(piece)
