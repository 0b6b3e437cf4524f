"""Threads, tasks, and what is shared between them."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from entry import handler
from handlers._idioms import Idioms

idiom = Idioms()


@handler("threads")
def run(name: str) -> object:
    return idiom.run(name)


LOCK = threading.Lock()
REENTRANT = threading.RLock()
CONDITION = threading.Condition()
LOCAL = threading.local()
LOCAL.value = "of import"
EVENT = threading.Event()
EVENT.set()
POOL = ThreadPoolExecutor(2)
QUEUE: queue.Queue = queue.Queue()
QUEUE.put("of import")
VARIABLE = contextvars.ContextVar("variable", default="default")
TOKEN = VARIABLE.set("of import")
COPIED = contextvars.copy_context()


async def _later(value, delay=0.001):
    await asyncio.sleep(delay)
    return value


@idiom
def thread_that_returns():
    found = []
    thread = threading.Thread(target=lambda: found.append(threading.current_thread().name), name="second")
    thread.start()
    thread.join(20)
    return [found, thread.is_alive(), threading.current_thread() is threading.main_thread(), threading.active_count()]


@idiom
def locks_of_import():
    with LOCK:
        locked = LOCK.locked()
    with REENTRANT, REENTRANT:
        pass
    with CONDITION:
        waited = CONDITION.wait(0.001)
    return [locked, LOCK.locked(), waited, EVENT.is_set()]


@idiom
def local_of_import():
    found = []
    thread = threading.Thread(target=lambda: found.append(hasattr(LOCAL, "value")))
    thread.start()
    thread.join()
    return [LOCAL.value, found]


@idiom
def pool_of_import():
    name = POOL.submit(lambda: threading.current_thread().name).result(20)
    return [list(POOL.map(lambda n: n * n, range(5))), name[:-1]]  # which of its threads is none's business


@idiom
def futures():
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(pow, 2, n) for n in range(4)]
        done = concurrent.futures.wait(jobs, 20).done
        failed = pool.submit(int, "x")
        return [
            len(done),
            sorted(job.result() for job in concurrent.futures.as_completed(jobs)),
            str(failed.exception(20)),
        ]


@idiom
def queues():
    ordered = queue.PriorityQueue()
    for each in (3, 1, 2):
        ordered.put(each)
    try:
        queue.Queue(1).get_nowait()
    except queue.Empty:
        pass
    return [QUEUE.get(), [ordered.get() for _ in range(3)], queue.SimpleQueue().empty()]


@idiom
def workers_of_a_queue():
    work, done = queue.Queue(), []

    def worker():
        while (each := work.get()) is not None:
            done.append(each * 2)
            work.task_done()

    threads = [threading.Thread(target=worker) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(9):
        work.put(number)
    work.join()
    for _ in threads:
        work.put(None)
    for thread in threads:
        thread.join(20)
    return sorted(done)


@idiom
def barriers_and_semaphores():
    barrier, semaphore, found = threading.Barrier(3), threading.BoundedSemaphore(2), []

    def one():
        with semaphore:
            pass
        found.append(barrier.wait(20))

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return sorted(found)


@idiom
def timers():
    event = threading.Event()
    timer = threading.Timer(0.001, event.set)
    timer.start()
    return event.wait(20)


@idiom
def errors_in_threads():
    seen = []
    before, threading.excepthook = threading.excepthook, lambda words: seen.append(words.exc_type.__name__)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    threading.excepthook = before
    return seen


@idiom
def context_variables():
    found = [VARIABLE.get(), COPIED[VARIABLE], COPIED.run(VARIABLE.get)]
    VARIABLE.reset(TOKEN)
    thread = threading.Thread(target=lambda: found.append(VARIABLE.get()))
    thread.start()
    thread.join()
    return [*found, VARIABLE.get()]


@idiom
def tasks():
    async def main():
        async with asyncio.TaskGroup() as group:
            jobs = [group.create_task(_later(n)) for n in range(3)]
        return [
            [job.result() for job in jobs],
            await asyncio.gather(_later(1), _later(2)),
            await asyncio.wait_for(_later("x"), 20),
        ]

    return asyncio.run(main())


@idiom
def tasks_that_take_too_long():
    async def main():
        try:
            async with asyncio.timeout(0.001):
                await asyncio.sleep(60)
        except TimeoutError as error:
            return type(error).__name__

    return asyncio.run(main())


@idiom
def tasks_in_threads():
    async def main():
        loop = asyncio.get_running_loop()
        return [await asyncio.to_thread(sum, [1, 2]), await loop.run_in_executor(None, len, "abc")]

    return asyncio.run(main())


@idiom
def tasks_that_are_cancelled():
    async def main():
        job = asyncio.create_task(asyncio.sleep(60))
        await asyncio.sleep(0)
        job.cancel()
        try:
            await job
        except asyncio.CancelledError:
            return [job.cancelled(), len(asyncio.all_tasks())]

    return asyncio.run(main())


@idiom
def queues_and_locks_of_tasks():
    async def main():
        line, lock, found = asyncio.Queue(), asyncio.Lock(), []

        async def worker():
            while True:
                each = await line.get()
                async with lock:
                    found.append(each)
                line.task_done()

        job = asyncio.create_task(worker())
        for each in "abc":
            line.put_nowait(each)
        await line.join()
        job.cancel()
        return found

    return asyncio.run(main())


@idiom
def servers_of_tasks():
    async def main():
        async def serve(reader, writer):
            writer.write((await reader.readline()).upper())
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"hello\n")
        found = (await reader.read()).decode()
        writer.close()
        server.close()
        return found

    return asyncio.run(main())


@idiom
def programs_of_tasks():
    async def main():
        child = await asyncio.create_subprocess_exec("/bin/echo", "x", stdout=asyncio.subprocess.PIPE)
        out, _ = await child.communicate()
        shell = await asyncio.create_subprocess_shell("exit 3")
        return [out.decode(), child.returncode, await shell.wait()]

    return asyncio.run(main())


@idiom
def generators_of_tasks():
    async def numbers():
        for n in range(3):
            await asyncio.sleep(0)
            yield n

    async def main():
        return [n async for n in numbers()]

    return asyncio.run(main())


@idiom
def loops_made_by_hand():
    loop = asyncio.new_event_loop()
    said = []
    loop.call_soon(said.append, "soon")
    loop.call_later(0.001, loop.stop)
    loop.run_forever()
    loop.close()
    return [said, loop.is_closed(), asyncio.iscoroutinefunction(_later)]


@idiom
def signals_of_tasks():
    import os
    import signal

    async def main():
        event = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, event.set)
        os.kill(os.getpid(), signal.SIGUSR1)
        return await asyncio.wait_for(event.wait(), 20)

    return asyncio.run(main())


@idiom
def sleeping():
    before = time.monotonic()
    time.sleep(0.002)
    return time.monotonic() - before >= 0.002


@idiom
def frames_of_threads():
    import faulthandler
    import sys
    import tempfile

    with tempfile.TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        return [
            "frames_of_threads" in file.read(),
            threading.get_ident() in sys._current_frames(),
            threading.get_native_id() > 0,
        ]
