"""Looks at this process and the machine; the first use of the processors is none, or a part of them."""

import os

import psutil


def job():
    me = psutil.Process()
    with me.oneshot():
        own = [me.pid == os.getpid(), me.memory_info().rss > 0, me.num_threads(), me.cpu_times().user >= 0]
    memory = psutil.virtual_memory()
    return [
        own,
        0 < memory.available < memory.total,
        psutil.cpu_count() == os.cpu_count(),
        0 <= psutil.cpu_percent() <= 100,
        all(0 <= each <= 100 for each in psutil.cpu_percent(percpu=True)),
        psutil.boot_time() > 0,
        psutil.pid_exists(me.pid),
    ]
