"""Forbids system calls as a container's seccomp profile does, for tests that start programs under one."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable

# Of x86-64 (asm/unistd_64.h).
MREMAP, PERSONALITY, MEMFD_CREATE, CLOSE_RANGE = 25, 135, 319, 436

_LOAD_NUMBER, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06  # linux/bpf_common.h
_ALLOW, _EPERM = 0x7FFF0000, 0x00050001  # linux/seccomp.h
_SET_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER = 38, 22, 2  # of prctl(2)


def forbid(number: int) -> Callable[[], None]:
    """For `preexec_fn`: from then on the system call ends in EPERM, in this process and those that it starts."""
    instructions = [
        (_LOAD_NUMBER, 0, 0, 0),
        (_JUMP_IF_EQUAL, 0, 1, number),
        (_RETURN, 0, 0, _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = b"".join(struct.pack("<HBBI", *instruction) for instruction in instructions)

    def apply() -> None:
        buffer = ctypes.create_string_buffer(code, len(code))
        program = struct.pack("<HxxxxxxQ", len(instructions), ctypes.addressof(buffer))
        libc = ctypes.CDLL(None, use_errno=True)
        for arguments in ((_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (_SET_SECCOMP, _FILTER, program, 0, 0)):
            if libc.prctl(*arguments):
                raise OSError(ctypes.get_errno(), "prctl")

    return apply
