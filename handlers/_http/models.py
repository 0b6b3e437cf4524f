"""The types of `http-request`: its input and its output."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from handlers._variables import Target

KINDS = ("json", "form", "text", "base64", "variable")  # of a body

Text = Annotated[str, msgspec.Meta(max_length=65536)]
Scalar = str | int | float | bool


class Auth(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A user with a password, or a bearer token."""

    username: str | None = None
    password: str = ""
    token: str | None = None

    def __post_init__(self) -> None:
        if (self.username is None) == (self.token is None):
            raise ValueError("expected either `username` and `password`, or `token`")


class Retry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How often a request is sent again, after which pause (twice as long each time), and on which answers."""

    times: Annotated[int, msgspec.Meta(ge=0, le=10)] = 3
    backoff: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.5
    longest: Annotated[float, msgspec.Meta(ge=0, le=600)] = 30
    statuses: frozenset[int] = frozenset({429, 502, 503, 504})
    any_method: bool = False


class Tls(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whom to trust in place of the image's CA bundle: PEM texts; a variable with a client's certificate and key."""

    verify: bool = True
    ca: str | None = None
    certificate: str | None = None


class HttpRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The request, what to do with the answer, and limits. Times are seconds."""

    url: Text
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    headers: dict[str, Text] = {}
    query: dict[str, Scalar | list[Scalar]] = {}
    json: Any = msgspec.UNSET
    form: dict[str, Scalar | list[Scalar]] | msgspec.UnsetType = msgspec.UNSET
    text: str | msgspec.UnsetType = msgspec.UNSET
    base64: str | msgspec.UnsetType = msgspec.UNSET
    variable: str | msgspec.UnsetType = msgspec.UNSET
    auth: Auth | None = None
    redirects: Annotated[int, msgspec.Meta(ge=0, le=20)] = 5
    timeout: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 60
    connect_timeout: Annotated[float, msgspec.Meta(gt=0, le=300)] = 10
    retry: Retry = Retry(times=0)
    tls: Tls = Tls()
    public_only: bool = False
    accept: frozenset[Annotated[int, msgspec.Meta(ge=200, le=599)]] = frozenset()
    decode: Literal["auto", "json", "text", "base64"] = "auto"
    most: Annotated[int, msgspec.Meta(ge=1, le=1 << 40)] = 16 << 20
    to: Target | None = None

    def __post_init__(self) -> None:
        given = [name for name in KINDS if getattr(self, name) is not msgspec.UNSET]
        if len(given) > 1:
            raise ValueError(f"expected one body at most, got {' and '.join(given)}")


class HttpAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. Names of headers are in small letters; a header that came more than once is joined with commas."""

    status: int
    url: str
    headers: dict[str, str]
    cookies: list[str]
    body: Any
    attempts: int
