"""The name of an image, as engines write it."""

from __future__ import annotations

import pytest

from build.container.image import ImageOptions


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("example/fn", "example/fn:latest"),
        ("localhost:5000/fn", "localhost:5000/fn:latest"),
        ("localhost:5000/fn:1.0", "localhost:5000/fn:1.0"),
        ("fn:latest", "fn:latest"),
    ],
)
def test_a_name_without_a_version_is_the_latest(tag: str, name: str) -> None:
    options = ImageOptions(tag, "65532", "", "scratch", {}, "gzip")
    options.check()
    assert options.name == name
