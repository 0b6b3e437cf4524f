"""Places where a command cannot write are refused before anything is built, and so are files that are not there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from build.cli import parser
from build.core.errors import BuildError
from build.core.paths import HANDLERS
from build.dev.conformance import report_results

_OUTPUTS = {
    "file": "--output", "run": "--output", "lambda": "--output", "image": "--archive", "conform": "--json"
}  # fmt: skip


@pytest.mark.parametrize("command", _OUTPUTS)
def test_where_no_file_can_be_written(command: str, tmp_path: Path) -> None:
    option = _OUTPUTS[command]
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    for place, words in (
        (Path("/dev/null"), "/dev/null is there, and is no regular file"),
        (tmp_path / "pipe", "pipe is there, and is no regular file"),
        (tmp_path, f"{tmp_path} is a folder"),
        (tmp_path / "file" / "below" / "fn", f"cannot be written: {tmp_path}/file is not a folder"),
    ):
        with pytest.raises(BuildError, match=words) as raised:
            parser.parse([command, option, str(place)])
        assert option in raised.value.advice
    for place in (tmp_path / "file", tmp_path / "new" / "fn"):
        parser.parse([command, option, str(place)])


def test_what_is_made_from_handlers_lies_elsewhere(tmp_path: Path) -> None:
    for option in ("--output", "--archive", "--root"):
        with pytest.raises(BuildError, match="lies among the handlers: it would hold itself"):
            parser.parse(["image", option, str(HANDLERS / "new")])


def test_the_contents_of_an_image_get_a_new_folder(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=f"{tmp_path} is there already"):
        parser.parse(["image", "--root", str(tmp_path)])
    parser.parse(["image", "--root", str(tmp_path / "new"), "--archive", str(tmp_path)])  # which is not written then


@pytest.mark.parametrize("command", ["audit", "soak"])
def test_a_file_that_is_not_there(command: str, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"--file: .*/none is not a file"):
        parser.parse([command, "--file", str(tmp_path / "none")])


def test_a_report_gets_the_folder_that_it_needs(tmp_path: Path) -> None:
    report_results("it", "", b"{}", [], tmp_path / "new" / "report.json")
    assert json.loads((tmp_path / "new" / "report.json").read_text())["function"] == "it"
