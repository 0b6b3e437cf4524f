"""Say what leads to a warm boot where one was expected and the boot is cold: by the reason that the boot program gives.

The reasons are those of build/boot/snapshot/boot_mode.c, build/boot/portable/launcher/ and
build/boot/shared/import_variables.c.
"""

from __future__ import annotations

_OTHER = "start it where it was built: if its boot is warm there, this machine is the cause"
_DAMAGED = "copy the file here again, or build it again: its bytes are not those that were built"
_BY_REASON = (
    ("the variable ", "read the variable in the handler or under @on_start, not at module level; or leave it unset"),
    ("this processor ", "build the file on a processor like this one, or an older one"),
    ("the snapshot was taken with another page size", "build the file on a machine with the page size of this one"),
    ("the snapshot was taken from another build", _DAMAGED),
    ("the snapshot is damaged", _DAMAGED),
    ("the file has been changed", _DAMAGED),
    ("the file may be executed but not read", "let the user of the run read it, too: chmod a+r"),
    ("the file cannot open itself", "mount /proc; or build with --link static, which needs none"),
    ("there is not enough memory", "raise the limit of addresses (ulimit -v) or of memory"),
)


def advice(reason: str) -> str:
    """Return the next step for somebody who wants a warm boot."""
    return next((text for beginning, text in _BY_REASON if reason.startswith(beginning)), _OTHER)
