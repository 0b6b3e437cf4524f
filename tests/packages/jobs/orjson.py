"""The author's own copy: options, types, an error."""

from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson


@dataclass
class Point:
    x: int


class Kind(Enum):
    A = "a"


def job():
    value = {"b": Point(1), "a": [datetime(2024, 7, 1, tzinfo=timezone.utc), UUID(int=1), Kind.A, 1.5, None], 1: "é"}
    value["zone"] = datetime(2024, 7, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS | orjson.OPT_INDENT_2).decode()
    failures = []
    for attempt in (lambda: orjson.loads("[1,"), lambda: orjson.dumps({1})):
        try:
            attempt()
        except (orjson.JSONDecodeError, TypeError) as error:
            failures.append(str(error))
    return [
        text,
        failures,
        orjson.loads(b'{"a": 1e3}'),
        orjson.__version__,
        orjson.dumps(orjson.Fragment(b"[1]")).decode(),
    ]
