"""The Runtime API of AWS Lambda as a server: gives events to a function, takes its outcomes. Starts no function.

States and limits are those of the service: one invocation at a time, 6 MiB for a payload, no time limit on `next`.
"""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAYLOAD_MOST = 6 * 1024 * 1024 + 100  # bytes of an event, and of a result
INVOKE = "/2015-03-31/functions/function/invocations"  # what aws-lambda-rie takes
ARN = "arn:aws:lambda:eu-central-1:012345678912:function:function"
_RUNTIME = "/2018-06-01/runtime/"
_ERROR_TYPE = re.compile(r"(Runtime|Function)\.[A-Z][a-zA-Z]+")


@dataclass
class Event:
    """An invocation: what the function is given, and what it gave back."""

    payload: bytes
    deadline: float  # seconds since 1970
    headers: dict[str, str] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    is_given: bool = False
    result: bytes | None = None
    error: bytes | None = None
    error_type: str = ""  # of the header

    @property
    def is_over(self) -> bool:
        return self.result is not None or self.error is not None


class RuntimeApi:
    """The server, on a port of its own; a condition tells of all that changes.

    `drops`: calls (`next`, `response`, `error`) whose connection is closed in place of an answer, each once.
    """

    def __init__(self, invoke: Callable[[bytes, dict[str, str]], Event], drops: tuple[str, ...] = ()) -> None:
        self.changed = threading.Condition()
        self.event: Event | None = None  # under way
        self.waits = False  # for the next event, so the function is ready
        self.init_error: bytes | None = None
        self.warnings: list[str] = []
        self.drops = list(drops)
        self.invoke = invoke
        self._is_closed = False
        handler = type("_Bound", (_Handler,), {"api": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        with self.changed:
            self._is_closed = True
            self.changed.notify_all()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def begin(self) -> None:
        """Forget what another process of the function has said."""
        with self.changed:
            self.waits, self.init_error, self.event = False, None, None
            self.changed.notify_all()

    def take_drop(self, call: str) -> bool:
        with self.changed:
            if call in self.drops:
                self.drops.remove(call)
                return True
        return False

    def next(self) -> Event | None:
        """Wait for an event; None when there will be none."""
        with self.changed:
            if self.event and self.event.is_given and not self.event.is_over:
                self.warnings.append("the next event was asked for before the outcome of the last one was told")
            self.waits = True
            self.changed.notify_all()
            self.changed.wait_for(lambda: self._is_closed or (self.event is not None and not self.event.is_given))
            if self._is_closed or self.event is None:
                return None
            self.waits, self.event.is_given = False, True
            return self.event

    def conclude(self, request_id: str, body: bytes, error_type: str | None) -> tuple[int, str]:
        """Take a result, or an error with the type of its header; return status and type of the answer."""
        with self.changed:
            event = self.event
            if event is None or request_id != event.id:
                self.warnings.append(f"an outcome of an unknown invocation: {request_id}")
                return 400, "InvalidRequestID"
            if event.is_over:
                self.warnings.append("a second outcome of the same invocation")
                return 400, "InvalidRequestID"
            if len(body) > PAYLOAD_MOST:
                return 413, "RequestEntityTooLarge"
            if error_type is None:
                event.result = body
            else:
                self._judge(error_type, body)
                event.error, event.error_type = body, error_type
            self.changed.notify_all()
        return 202, ""

    def fail_init(self, body: bytes, error_type: str) -> tuple[int, str]:
        with self.changed:
            if self.waits or (self.event and self.event.is_given):
                self.warnings.append("an error of the initialisation after it")
                return 403, "InvalidStateTransition"
            self._judge(error_type, body)
            self.init_error = body
            self.changed.notify_all()
        return 202, ""

    def _judge(self, error_type: str, body: bytes) -> None:
        if not _ERROR_TYPE.fullmatch(error_type):
            self.warnings.append(
                f"Lambda-Runtime-Function-Error-Type: {error_type!r} is not of the form Function.Reason"
            )
        try:
            document = json.loads(body)
            kinds = [type(document[name]) for name in ("errorMessage", "errorType", "stackTrace")]
        except (ValueError, TypeError, KeyError):
            self.warnings.append(f"an error that has not got its three members: {body[:80]!r}")
            return
        if kinds != [str, str, list]:
            self.warnings.append("an error whose members are not two texts and a list")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer goes out at once
    api: RuntimeApi

    def log_message(self, *arguments: object) -> None:
        """Log nothing: requests would only disturb a test's output."""

    def do_GET(self) -> None:
        if self.path != f"{_RUNTIME}invocation/next":
            self._refuse(404, "NotFound")
            return
        event = self.api.next()
        if event is None or self.api.take_drop("next"):
            if event:
                event.is_given = False
            self.close_connection = True
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": event.id,
            "Lambda-Runtime-Deadline-Ms": str(int(event.deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": ARN,
            "Lambda-Runtime-Trace-Id": f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Sampled=0",
            **event.headers,
        }
        self._answer(200, event.payload, headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == INVOKE:
            self._invoke(body)
            return
        call = self.path.removeprefix(_RUNTIME)
        error_type = self.headers.get("Lambda-Runtime-Function-Error-Type", "")
        if call == "init/error":
            status, problem = self.api.fail_init(body, error_type)
        elif found := re.fullmatch(r"invocation/([^/]+)/(response|error)", call):
            status, problem = self.api.conclude(found[1], body, error_type if found[2] == "error" else None)
        else:
            status, problem = 404, "NotFound"
        if self.api.take_drop(call.rpartition("/")[2]):
            self.close_connection = True
        elif problem:
            self._refuse(status, problem)
        else:
            self._answer(status, b'{"status":"OK"}\n', {"Content-Type": "application/json"})

    def _invoke(self, body: bytes) -> None:
        if len(body) > PAYLOAD_MOST:
            self._refuse(413, "RequestTooLargeException")
            return
        named = {"X-Amz-Client-Context": "Lambda-Runtime-Client-Context"}
        event = self.api.invoke(
            body, {ours: self.headers[name] for name, ours in named.items() if name in self.headers}
        )
        failed = {"X-Amz-Function-Error": "Unhandled"} if event.error is not None else {}
        self._answer(200, event.error or event.result or b"", {"X-Amzn-RequestId": event.id, **failed})

    def _refuse(self, status: int, problem: str) -> None:
        document = {"errorMessage": problem, "errorType": problem}
        self._answer(status, json.dumps(document).encode(), {"Content-Type": "application/json"})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
