"""Looks for a word in all memory that this process can read, and tells in which parts of it the word is.

The word comes as numbers, each with one added, so that neither the input nor anything made of it here holds the word.
"""

import os
import re
from pathlib import Path

from entry import handler

_AT_ONCE = 1 << 20


@handler
def traces(data: dict[str, list[int]]) -> list[str]:
    letters = [number - 1 for number in data["word"]]
    word = re.compile(b"".join(b"[\\x%02x]" % letter for letter in letters))
    memory = os.open("/proc/self/mem", os.O_RDONLY)
    found = []
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, rights, *rest = line.split()
        name = rest[3] if len(rest) > 3 else "nameless"
        if rights.startswith("r") and name not in ("[vvar]", "[vvar_vclock]", "[vsyscall]"):
            start, end = (int(edge, 16) for edge in span.split("-"))
            if any(word.search(os.pread(memory, _AT_ONCE + 100, at)) for at in range(start, end, _AT_ONCE)):
                found.append(f"{span} {name}")
    os.close(memory)
    return found
