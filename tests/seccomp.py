"""Forbids system calls to programs of tests, as a container's seccomp profile does, or hides them as an old kernel."""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Callable

# Of x86-64 (asm/unistd_64.h).
MADVISE, PERSONALITY, UNSHARE, FALLOCATE, MEMFD_CREATE, EXECVEAT, CLOSE_RANGE = 28, 135, 272, 285, 319, 322, 436
MFD_NOEXEC_SEAL, MFD_EXEC = 8, 16  # linux/memfd.h, of Linux 6.3

_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _JUMP_IF_ANY, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # linux/bpf_common.h
_NUMBER, _ARGUMENTS = 0, 16  # offsets in struct seccomp_data
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000  # linux/seccomp.h
_SET_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER = 38, 22, 2  # of prctl(2)

Instruction = tuple[int, int, int, int]


def forbid(number: int, answer: int = errno.EPERM) -> Callable[[], None]:
    """For `preexec_fn`: from then on the system call ends in an error, in this process and those that it starts."""
    return _filter([(_LOAD, 0, 0, _NUMBER), (_JUMP_IF_EQUAL, 0, 1, number)], answer)


def hide_from(number: int) -> Callable[[], None]:
    """The same for that system call and all that came later: an older kernel does not know them."""
    return _filter([(_LOAD, 0, 0, _NUMBER), (_JUMP_IF_AT_LEAST, 0, 1, number)], errno.ENOSYS)


def forbid_flags(number: int, argument: int, flags: int, answer: int) -> Callable[[], None]:
    """The same for a system call with any of the flags in its argument of that index."""
    return _filter(
        [
            (_LOAD, 0, 0, _NUMBER),
            (_JUMP_IF_EQUAL, 0, 3, number),
            (_LOAD, 0, 0, _ARGUMENTS + 8 * argument),
            (_JUMP_IF_ANY, 0, 1, flags),
        ],
        answer,
    )


def _filter(condition: list[Instruction], answer: int) -> Callable[[], None]:
    """Applies a program that goes on behind its condition where that holds, and one instruction further where not."""
    instructions = [*condition, (_RETURN, 0, 0, _ERROR | answer), (_RETURN, 0, 0, _ALLOW)]
    code = b"".join(struct.pack("<HBBI", *instruction) for instruction in instructions)

    def apply() -> None:
        buffer = ctypes.create_string_buffer(code, len(code))
        program = struct.pack("<HxxxxxxQ", len(instructions), ctypes.addressof(buffer))
        libc = ctypes.CDLL(None, use_errno=True)
        for arguments in ((_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (_SET_SECCOMP, _FILTER, program, 0, 0)):
            if libc.prctl(*arguments):
                raise OSError(ctypes.get_errno(), "prctl")

    return apply
