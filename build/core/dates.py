"""The timestamp of reproducible builds."""

from __future__ import annotations

import os
import re

from build.core.errors import BuildError


def source_date() -> int | None:
    """Return SOURCE_DATE_EPOCH in seconds since 1970, if it is set; raise BuildError if it is invalid.

    Source: the specification of reproducible-builds.org.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given and not re.fullmatch(r"\d{1,11}", given, re.ASCII):
        raise BuildError(f"SOURCE_DATE_EPOCH: expected seconds since 1970, got {given!r}")
    return int(given) if given else None
