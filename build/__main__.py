"""The build's command line: `python3 build`, with any Python from 3.9 on. README.md says what is where."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from build.cli import parser  # noqa: E402  (found through the path that is set above)
from build.core.errors import BuildError  # noqa: E402
from build.toolchain import environment  # noqa: E402

_ELSEWHERE = "let this user write there, or name another place"
_MAKE_ROOM = "make room: python3 build clean removes what was built"
_OF_THE_MACHINE = {
    errno.EACCES: _ELSEWHERE, errno.EPERM: _ELSEWHERE, errno.EROFS: _ELSEWHERE,
    errno.ENOSPC: _MAKE_ROOM, errno.EDQUOT: _MAKE_ROOM,
}  # fmt: skip


def main(arguments: list[str]) -> int:
    try:
        args = parser.parse(arguments)
        if args.command not in parser.WITHOUT_ENVIRONMENT and not environment.inside():
            environment.prepare()
            environment.enter(arguments)
        return parser.execute(args)
    except BuildError as error:
        print(f"build: {error}", file=sys.stderr)
        if error.advice:
            print(error.advice, file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in _OF_THE_MACHINE:
            raise
        print(f"build: {error.filename or 'a file'}: {error.strerror}", file=sys.stderr)
        print(_OF_THE_MACHINE[error.errno], file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("build: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
