"""A build while its author saves: what is kept has the key of what was copied."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from build import finished, pipeline
from build.core import cache
from build.core.configuration import BuildConfig, Contents
from build.finished import Finished, Request
from build.link import inputs


class _Reached(Exception):  # no error
    """A step behind the copy was reached."""


@pytest.fixture
def request_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Request:
    """What is asked for: one handler, with requirements, and a cache of its own."""
    for module in (cache, finished):
        monkeypatch.setattr(module, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(inputs, "toolchain", lambda link: link)
    monkeypatch.setattr(pipeline, "author_packages", lambda _: None)
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "say.py").write_text("1")
    (tmp_path / "requirements.txt").touch()
    return Request(tmp_path / "handlers", tmp_path / "requirements.txt")


@pytest.mark.parametrize("edited", ["", "handlers/say.py", "requirements.txt"])
def test_what_is_saved_before_the_copy_is_noticed_after_it(
    request_: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edited: str
) -> None:
    config = BuildConfig(tmp_path, tmp_path, tmp_path, None, [], [], [], [], "auto", False, Contents())

    def stage(*_: object, **__: object) -> tuple[BuildConfig, dict[str, str]]:
        if edited:
            (tmp_path / edited).write_text("# 2")
        return config, {}

    def imports_of(work: Path) -> dict[str, Sequence[str]]:
        raise _Reached

    monkeypatch.setattr(pipeline, "stage", stage)
    monkeypatch.setattr(pipeline, "imports_of", imports_of)
    with pytest.raises(pipeline._EditedError if edited else _Reached):
        pipeline._build_best(request_, None, Finished.of(request_))


def test_a_build_begins_again_with_the_key_of_what_there_is_now(
    request_: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Finished.of(request_)
    built: list[Finished] = []

    def build_best(_request: Request, _packages: Path | None, asked: Finished) -> None:
        built.append(asked)
        if len(built) == 1:
            (request_.handlers / "say.py").write_text("2")
            raise pipeline._EditedError
        asked.folder.mkdir(parents=True)
        for name, text in (("fn", "the file"), ("notes", ""), (asked.sbom.name, "{}"), ("machine-files.json", "{}")):
            (asked.folder / name).write_text(text)

    monkeypatch.setattr(pipeline, "_build_best", build_best)
    result = pipeline.build(request_, tmp_path / "fn")
    assert result.file.read_text() == "the file"
    assert "once more" in capsys.readouterr().out
    assert [each.folder for each in built] == [before.folder, Finished.of(request_).folder]
    assert not before.folder.exists()
