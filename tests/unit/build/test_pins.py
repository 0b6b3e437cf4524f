"""The pins of the build's environment are complete: pip installs them, and asks for nothing that they require."""

from __future__ import annotations

import re
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from build.toolchain.environment import PINS

_PINNED = dict(re.findall(r"^([\w.-]+)==(\S+)", PINS.read_text(), re.MULTILINE))


@pytest.mark.parametrize("package", _PINNED)
def test_what_a_pin_requires_is_pinned(package: str) -> None:
    assert metadata.version(package) == _PINNED[package]
    for requirement in map(Requirement, metadata.requires(package) or ()):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            assert requirement.specifier.contains(_PINNED[canonicalize_name(requirement.name)]), requirement
