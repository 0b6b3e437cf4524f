"""docs/handlers/: a page a handler, which names every field and code, and whose example gives what the page says."""

from __future__ import annotations

import importlib
import io
import json
import re
import sys
import zipfile
from typing import Any

import pytest

from entry.testing import invoke
from tests.conftest import ROOT, handlers_of_the_repository

PAGES = ROOT / "docs" / "handlers"
NAMES = sorted(path.stem for path in PAGES.glob("[a-z]*.md"))


def _handler(name: str) -> Any:
    module = name.replace("-", "_")
    return getattr(importlib.import_module(f"handlers.{module}"), module)


def test_every_handler_has_a_page_and_a_line() -> None:
    assert set(NAMES) == {*handlers_of_the_repository()} - {"echo", "greet"}
    index = (PAGES / "README.md").read_text()
    assert [name for name in NAMES if f"[{name}]({name}.md)" not in index] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_page_names_every_field_and_code(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text()
    source = (ROOT / "handlers" / f"{name.replace('-', '_')}.py").read_text().split('"""', 2)[2]
    fields = vars(sys.modules[_handler(name).__module__])[_handler(name).__annotations__["data"]].__struct_fields__
    codes = set(re.findall(r'"([a-z]+\.[a-zA-Z]+)"', source.partition("class ")[0] + "".join(_declared(source))))
    assert codes
    assert [word for word in (*fields, *sorted(codes)) if f"`{word}`" not in page] == []


def _declared(source: str) -> list[str]:
    return re.findall(r"^@handler\(.*?^def ", source, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", NAMES)
def test_the_example_gives_what_the_page_says(name: str) -> None:
    first, *others = re.findall(r"^```json\n(.*?)^```", (PAGES / f"{name}.md").read_text(), re.MULTILINE | re.DOTALL)
    if name == "http-request":  # its server is not there; test_http_request.py has some
        seen = invoke(_handler(name), {**json.loads(first), "url": "http://127.0.0.1:1/", "retry": {"times": 0}})
        assert seen.error is not None
        assert seen.error.code == "http.connect"
        return
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("may.txt", "hello")
    seen = invoke(_handler(name), json.loads(first), files={"reports.zip": packed.getvalue()})
    assert seen.error is None
    assert [seen.value] == [json.loads(text) for text in others] or (name == "wait" and not others)
