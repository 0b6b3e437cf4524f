"""Takes an object of plain JSON: what a typed handler is compared with."""

import sys

from entry import handler


@handler
def plain_dict(data: dict[str, object]) -> list[str]:
    heavy = ("msgspec", "typing", "dataclasses", "enum", "re", "logging", "asyncio", "os", "inspect")
    return [name for name in heavy if name in sys.modules]
