"""Licences of Debian's source packages that the build can link, as SPDX expressions for the linked parts.

Read in Debian's copyright files, which name most of them in words of their own. Decides nothing.
"""

from __future__ import annotations

import re
from pathlib import Path

_BY_SOURCE = {
    "bzip2": "bzip2-1.0.6",
    "db5.3": "Sleepycat",
    "expat": "MIT",
    "gdbm": "GPL-3.0-or-later",
    "glibc": "LGPL-2.1-or-later",
    "krb5": "MIT",
    "libffi": "MIT",
    "libnsl": "LGPL-2.1-or-later",
    "libtirpc": "BSD-3-Clause",
    "libxcrypt": "LGPL-2.1-or-later",
    "libzstd": "BSD-3-Clause OR GPL-2.0-only",
    "mpdecimal": "BSD-2-Clause",
    "ncurses": "X11-distribute-modifications-variant",
    "openssl": "Apache-2.0",
    "python3-stdlib-extensions": "PSF-2.0",  # distutils
    "readline": "GPL-3.0-or-later",
    "sqlite3": "blessing",
    "util-linux": "BSD-3-Clause",  # libuuid
    "xz-utils": "LicenseRef-public-domain",  # liblzma
    "zlib": "Zlib",
}
_BY_PATTERN = {r"gcc-\d+": "GPL-3.0-or-later WITH GCC-exception-3.1", r"python3\.\d+": "PSF-2.0"}
_TERM = r"\(*[\w.+-]+\)*"
_SPDX = re.compile(rf"{_TERM}( (AND|OR|WITH) {_TERM})*")


def of_debian(source: str, package: str) -> str:
    """Return the licence of a source package: an SPDX expression, or the names in the package's copyright file."""
    if source in _BY_SOURCE:
        return _BY_SOURCE[source]
    for pattern, licence in _BY_PATTERN.items():
        if re.fullmatch(pattern, source):
            return licence
    copyright_file = Path("/usr/share/doc") / package / "copyright"
    text = copyright_file.read_text(errors="replace") if copyright_file.exists() else ""
    names = re.findall(r"^License:[ \t]*(\S.*)$", text, re.MULTILINE)
    return ", ".join(dict.fromkeys(names)) or f"see {copyright_file}"


def is_expression(licence: str) -> bool:
    """Tell whether a licence has the form of an SPDX expression."""
    return bool(_SPDX.fullmatch(licence))
