"""Knative Serving and platforms like it: port, time, end, concurrency (events: test_cloudevents.py)."""

from __future__ import annotations

import json
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

from entry.testing import Knative
from tests.boot.serving import until
from tests.conftest import Target


def _knative(file: Target, *words: str, **variables: str) -> Knative:
    return Knative([*file.command, "serve", *words], {**file.environment, **variables})


def test_port_8080_and_no_other(file: Target) -> None:
    """Without PORT; ports of the platform's own stay free. In a network of its own, where 8080 is free."""
    words = ["unshare", "--user", "--map-root-user", "--net", *file.command, "serve", "value"]
    environment = {"PATH": "/usr/bin:/bin", **file.environment}
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=environment) as server:
        assert server.stdout is not None
        assert json.loads(server.stdout.readline())["msg"] == "listening on port 8080"
        with open(f"/proc/{server.pid}/net/tcp6") as table:  # noqa: PTH123
            sockets = [line.split() for line in table][1:]
        with open(f"/proc/{server.pid}/net/tcp") as table:  # noqa: PTH123
            sockets += [line.split() for line in table][1:]
        assert [int(each[1].rpartition(":")[2], 16) for each in sockets if each[3] == "0A"] == [8080]
        server.terminate()
        assert server.wait(60) == 0


def test_a_request_whose_time_is_over(file: Target) -> None:
    """The platform closes the connection: that ends the run, and the only worker is free for the next."""
    with _knative(file, "async_wait", "--workers", "1") as knative:
        connection = knative.service.connect(60)
        connection.request("POST", "/", b"600")
        until(lambda: any("waiting" in line for line in knative.service.lines))
        connection.close()
        assert json.loads(knative.post({}, b"0").answer.body) == "waited"


def test_a_first_request_while_it_starts(file: Target) -> None:
    """Who connects as soon as the port is there has an answer, also while no process is ready yet."""
    with _knative(file, "value", "--spares", "0") as knative:
        assert knative.post({}, b"1").answer.body == b"1"


def test_drained_and_asked_to_end(file: Target) -> None:
    """Nobody is taken any more, what is under way is answered, the status is 0."""
    with _knative(file, "async_wait") as knative:
        statuses = list[int]()
        threads = [
            threading.Thread(target=lambda: statuses.append(knative.post({}, b"1").answer.status)) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        until(lambda: sum("waiting" in line for line in knative.service.lines) == 4)
    for thread in threads:
        thread.join()
    assert (statuses, knative.exit_status) == ([200] * 4, 0)


def test_as_many_at_once_as_come(file: Target) -> None:
    """No concurrency is set: the hundred that an autoscaler aims at, and twice as many, are all answered."""
    with _knative(file, "value") as knative, ThreadPoolExecutor(200) as pool:
        found = list(pool.map(lambda number: knative.post({}, b"%d" % number).answer.body, range(400)))
    assert found == [b"%d" % number for number in range(400)]
