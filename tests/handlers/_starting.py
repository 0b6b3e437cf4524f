"""What several handlers share: a function for the start, and a decorator that hides what it decorates."""

from collections.abc import Callable

from entry import on_start


@on_start
def begin() -> None:
    print("shared start")


def hiding(function: Callable[[object], object]) -> Callable[[object], object]:
    def inner(data: object) -> object:
        return [function(data)]

    return inner


def elsewhere(data: object) -> object:
    return "elsewhere"
