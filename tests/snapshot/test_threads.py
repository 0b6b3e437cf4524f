"""Imports that start threads, and wait for their end, boot warm with either link, however busy the machine is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.built import built
from tests.conftest import Run

_HANDLER = """
import asyncio, os, queue, threading
from concurrent.futures import ThreadPoolExecutor, as_completed

from entry import handler


def work(number):
    return {"number": number, "text": str(number) * 3, "list": list(range(number))}


def in_a_pool():
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(work, number) for number in range(40)]
        return sorted(future.result()["number"] for future in as_completed(futures))


def from_a_queue():
    def take():
        while (number := given.get()) is not None:
            taken.append(work(number)["number"])
        given.put(None)

    given, taken = queue.Queue(), []
    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in [*range(30), None]:
        given.put(number)
    for thread in threads:
        thread.join()
    return sorted(taken)


def through_a_pipe():
    def write():
        for number in range(20):
            os.write(end, bytes([number]))
        os.close(end)

    start, end = os.pipe()
    thread = threading.Thread(target=write)
    thread.start()
    with open(start, "rb", buffering=0) as file:
        taken = list(iter(lambda: file.read(1), b""))
    thread.join()
    return list(b"".join(taken))


async def of_a_loop():
    found = await asyncio.gather(*(asyncio.to_thread(work, number) for number in range(20)))
    return [each["number"] for each in found]


ENDED = threading.Thread(target=work, args=(1000,))
ENDED.start()
ENDED.join()
LISTS = [in_a_pool(), from_a_queue(), through_a_pipe(), asyncio.run(of_a_loop())]
INTERVAL = __import__("sys").getswitchinterval


@handler
def threads(data):
    \"\"\"Goes on with what they have made, and starts others.\"\"\"
    here = [in_a_pool(), from_a_queue(), through_a_pipe(), asyncio.run(of_a_loop())]
    return [here == LISTS, [len(each) for each in LISTS], ENDED.is_alive(), threading.active_count(), INTERVAL()]
"""


@pytest.mark.parametrize("link", ["static", "portable"])
def test_threads_of_imports_that_have_ended(link: str, run: Run, tmp_path: Path) -> None:
    file = built(tmp_path, {"threads.py": _HANDLER}, "--link", link, "--snapshot", "required")
    result = run(file, "threads", given={})
    assert json.loads(result.output or b"null") == [True, [40, 30, 20, 20], False, 1, 0.005], result.error
