"""A target that is the file alone: in a root that holds nothing else, read-only, by a user whom nobody knows.

There are /proc and /dev/shm, as in any container (others test what is without), and the exchange, where it is outside.
All of it is the run's own, and gone with it. Needs root.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.conftest import TARGETS, Target

# `$1` is the exchange, `$2` the file, the rest its words. Every step is the same process, which signals reach.
_SCRIPT = """\
root=/mnt exchange=$1 file=$2
shift 2
mount -t tmpfs none $root
mkdir -p "$root$exchange" $root/proc $root/dev/shm
: > $root/fn
mount --bind "$file" $root/fn
mount --bind "$exchange" "$root$exchange"
mount --bind /proc $root/proc
mount --bind /dev/shm $root/dev/shm
mount -o remount,ro $root
exec setpriv --no-new-privs /usr/sbin/chroot --userspec=65532:65532 $root /fn "$@"
"""


@dataclass(frozen=True)
class InEmptyRoot(Target):
    """A target of one file."""

    @property
    def inside(self) -> tuple[str, ...]:
        return ("/fn",)

    def words(self, variables: Mapping[str, str]) -> Sequence[str]:
        return ["unshare", "--mount", "sh", "-ec", _SCRIPT, "sh", variables["FN_DATA_DIR"], *self.command]


def alone(target: Target) -> InEmptyRoot:
    """The same file in an empty root."""
    return InEmptyRoot(target.name, target.command, target.environment)


PLACES: dict[str, Target] = {target.name: target for target in TARGETS}
# One cold start there says as much as two, and takes half the time.
_ALONE = [target for target in TARGETS if target.is_file and target.name != "portable-cold"]
PLACES |= {f"{target.name} in an empty root": alone(target) for target in _ALONE}
