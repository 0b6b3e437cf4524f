"""The moment that what is made says it was made at."""

from __future__ import annotations

import os
import re

from build.core.errors import BuildError


def source_date() -> int | None:
    """The moment that SOURCE_DATE_EPOCH gives for what is made, in seconds since 1970; raises BuildError.

    Source: the specification of reproducible-builds.org.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given and not re.fullmatch(r"\d{1,11}", given, re.ASCII):
        raise BuildError(f"SOURCE_DATE_EPOCH: expected seconds since 1970, got {given!r}")
    return int(given) if given else None
