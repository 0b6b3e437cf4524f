"""Answers that announce another one: all of 1xx but 101, such as 103 Early Hints. They are passed over.

http.client passes over 100 alone. Imported where a connection is made.
"""

from __future__ import annotations

from http.client import HTTPResponse, parse_headers

_SWITCHED = 101  # the last answer of HTTP on a connection


class Response(HTTPResponse):
    """The answer that a request is for."""

    def _read_status(self) -> tuple[str, int, str]:
        """Read status lines, as http.client asks for one, to the first that is no announcement."""
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 100 <= status < 200 or status == _SWITCHED:
                return version, status, reason
            parse_headers(self.fp)
