"""What a handler returns as the bytes of an output: awaited if async; JSON unless it is bytes, a path or a stream."""

from __future__ import annotations

import posix

from ..api import errors
from ..api.errors import FunctionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Iterator
    from typing import Any, Self

    from .exchange import Bytes, Exchange

_CHUNK = 1 << 20


class Loop:
    """The event loop of a run, made when something is first awaited.

    Start functions, the handler and the stream that it returns have the same one: what one of them has connected, the
    others can use.
    """

    __slots__ = ("_runner", "is_ending")

    def __init__(self) -> None:
        self._runner: Any = None
        self.is_ending = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Cancel the tasks that are left."""
        self.is_ending = True
        if self._runner:
            self._runner.close()

    def settled(self, result: Any) -> object:
        """Return what a function has returned, awaited if it is async."""
        if not hasattr(result, "__await__"):
            return result

        async def wait() -> object:
            return await result

        return self.run(wait())

    def run(self, waiting: Coroutine[Any, Any, object]) -> object:
        if not self._runner:
            # By a name that the build's analysis does not see: only files with async handlers hold it.
            self._runner = __import__("asyncio").Runner()
        result: object = self._runner.run(waiting)
        return result


def answer(result: Any, exchange: Exchange, loop: Loop) -> Iterable[Bytes]:
    """Return the bytes of a result; headers of an event belong to it, where an event was the input."""
    if exchange.event is None:
        return _chunks(result, exchange, loop)
    from ..api.event import Reply

    if result is None:  # no reply
        return ()
    if not isinstance(result, Reply):
        return _chunks(result, exchange, loop)
    body = _chunks(result.data, exchange, loop)
    exchange.head, body = result.written(body, is_json=exchange.is_json)
    return body


def _chunks(result: Any, exchange: Exchange, loop: Loop) -> Iterable[Bytes]:
    """Return the bytes of a result, by its kind: bytes-like, a path's file, a stream of bytes, else JSON."""
    if isinstance(result, (bytes, bytearray, memoryview)):
        return (result,)
    if hasattr(result, "__fspath__"):
        return _file(posix.fspath(result))
    if hasattr(result, "__anext__"):
        return _awaited(result, loop)
    if hasattr(result, "__next__"):
        return _stream(result)
    from ..codec.json import encode

    exchange.is_json = True
    return (encode(result),)


def _file(path: str) -> Iterator[bytes]:
    try:
        descriptor = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError as error:
        raise FunctionError(errors.OUTPUT_UNSERIALIZABLE, f"$: the file {path}: {error.strerror}") from None
    try:
        while chunk := posix.read(descriptor, _CHUNK):
            yield chunk
    except OSError as error:
        raise FunctionError(errors.OUTPUT_UNSERIALIZABLE, f"$: the file {path}: {error.strerror}") from None
    finally:
        posix.close(descriptor)


def _stream(chunks: Iterator[Any]) -> Iterator[Bytes]:
    for position, chunk in enumerate(chunks):
        if not isinstance(chunk, (bytes, bytearray, memoryview)):
            raise FunctionError(
                errors.OUTPUT_UNSERIALIZABLE,
                f"$[{position}]: an iterator is written as a stream of bytes, got {type(chunk).__name__}; "
                f"return list(...) for a JSON array",
            )
        yield chunk


def _awaited(chunks: Any, loop: Loop) -> Iterator[Bytes]:
    """Yield the chunks of an async iterator, one at a time.

    One task runs all of it, as that of an `async for` would: a timeout or a group of tasks may hold several chunks.
    """
    asyncio = __import__("asyncio")  # as above
    found: list[object] = []
    wanted, ready = asyncio.Event(), asyncio.Event()
    task: Any = None

    async def drive() -> None:
        try:
            while True:
                try:
                    await wanted.wait()
                    following = chunks.__anext__()
                except asyncio.CancelledError as error:
                    if loop.is_ending or not hasattr(chunks, "athrow"):
                        raise
                    # A timeout that the iterator is in: it hears of it where it yields.
                    following = chunks.athrow(error)
                wanted.clear()
                found.append(await following)
                ready.set()
        except StopAsyncIteration:
            return
        finally:
            ready.set()
            if hasattr(chunks, "aclose"):
                await chunks.aclose()  # in its own task

    async def next_chunk() -> object:
        nonlocal task
        task = task or asyncio.create_task(drive())
        if not found:
            ready.clear()
            wanted.set()
            await ready.wait()
        if not found:
            await task
            raise StopAsyncIteration
        return found.pop(0)

    def each() -> Iterator[object]:
        while True:
            try:
                yield loop.run(next_chunk())
            except StopAsyncIteration:
                return

    yield from _stream(each())
