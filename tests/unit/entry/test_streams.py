"""A run that has no exchange: what came with its request, its input, its output."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from entry import FunctionError
from entry.api.context import Context
from entry.runtime.exchange import Exchange
from entry.runtime.log import Log
from entry.runtime.streams import Streams

HEAD = b"/greet?a=b\0host\0a\0x-one\x001\0x-one\0two, three\0empty\0\0latin\0\xe4\0"


def test_headers_by_name() -> None:
    context = Context("greet", Log(), None, Streams("/none", -1, -1, HEAD))
    assert context.headers == {"host": "a", "x-one": "1, two, three", "empty": "", "latin": "\xe4"}


def test_no_headers_without_a_request() -> None:
    assert Context("greet", Log(), None, Exchange("/none")).headers == {}
    assert Streams("/none", -1, -1).headers == {}


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    os.close(writer)


def test_no_body_is_an_empty_input() -> None:
    assert Streams("/none", -1, -1, HEAD).read_input() == b""


def test_an_input_is_read_to_its_end() -> None:
    descriptor = os.memfd_create("input")
    os.write(descriptor, b"x" * 100_000)
    os.lseek(descriptor, 0, os.SEEK_SET)
    assert Streams("/none", descriptor, -1).read_input() == b"x" * 100_000


def test_an_output_that_cannot_be_written(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    os.close(reader)
    with pytest.raises(FunctionError, match="the result: Broken pipe"):
        Streams("/none", -1, writer).stage_output([b"a"])


def test_the_length_of_an_output(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    streams = Streams("/none", -1, writer)
    streams.stage_output([b"ab", memoryview(b"c")])
    assert (streams.staged_length, os.read(reader, 10)) == (3, b"abc")
    os.close(reader)


def test_a_short_output_is_in_no_file() -> None:
    for chunks, short in (((b"ab",), b"ab"), ((memoryview(b"abc"),), b"abc"), ((b"abcd",), None), ([b"ab"], None)):
        file = os.memfd_create("output")
        streams = Streams("/none", -1, file, short=3)
        streams.stage_output(chunks)
        assert (streams.short, os.fstat(file).st_size) == (short, 0 if short else streams.staged_length)
        os.close(file)


def test_a_short_input_is_in_no_file() -> None:
    assert Streams("/none", -1, -1, HEAD, b"[1]").read_input() == b"[1]"
