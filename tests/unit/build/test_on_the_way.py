"""Files that commands make on the way to something else: two commands at once do not take each other's."""

from __future__ import annotations

import argparse
import zipfile
from pathlib import Path

import pytest

from build.cli import shipping
from build.container.lambda_zip import write_zip
from build.core.paths import HANDLERS, ROOT
from build.dev.test import file_of


def test_two_zips_at_once_have_each_their_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is made whole while the first one's file lies there and is not in its zip yet."""
    first, second = (argparse.Namespace(output=tmp_path / name / "lambda.zip", holds=name) for name in ("one", "two"))

    def make_file(args: argparse.Namespace) -> None:
        args.output.write_text(args.holds)
        if args is first:
            shipping._lambda(second)

    monkeypatch.setattr(shipping, "make_file", make_file)
    shipping._lambda(first)
    for name in ("one", "two"):
        with zipfile.ZipFile(tmp_path / name / "lambda.zip") as archive:
            assert archive.read("bootstrap").decode() == name
    assert not first.output.exists()


def test_what_lies_beside_a_zip_stays(tmp_path: Path) -> None:
    (tmp_path / "lambda.unfinished").write_text("an author's")
    (tmp_path / "fn").touch()
    write_zip(tmp_path / "fn", tmp_path / "lambda.zip")
    assert (tmp_path / "lambda.unfinished").read_text() == "an author's"
    assert {path.name for path in tmp_path.iterdir()} == {"lambda.unfinished", "fn", "lambda.zip"}


def test_each_repository_is_tested_in_a_file_of_its_own(tmp_path: Path) -> None:
    asked = [(tmp_path / "a", None), (tmp_path / "b", None), (tmp_path / "a", tmp_path / "requirements.txt")]
    assert len({file_of(*each) for each in asked}) == len(asked)
    assert file_of(*asked[0]) == file_of(tmp_path / "a", None)
    assert file_of(HANDLERS, None) == ROOT / "dist" / "fn"
