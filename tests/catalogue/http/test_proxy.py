"""The rules for proxies of the environment are those of urllib.request, whatever the variables hold."""

from __future__ import annotations

import urllib.request
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from handlers._http.proxy import is_exempt, setting

_VALUES = st.sampled_from(["", "proxy:3128", "http://other:80"])
_ENVIRONMENTS = st.dictionaries(
    st.sampled_from(["http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "x_proxy", "REQUEST_METHOD"]),
    _VALUES,
)
_HOSTS = st.sampled_from(["a.example.com", "example.com", "Example.COM", "notexample.com", "10.0.0.1", "localhost"])
_NAMES = st.sampled_from(["example.com", ".example.com", "*", "10.0.0.1:80", " localhost ", "", "EXAMPLE.com:443"])


@given(_ENVIRONMENTS)
def test_settings(environment: dict[str, str]) -> None:
    with mock.patch.dict("os.environ", environment, clear=True):
        known = urllib.request.getproxies_environment()
    for scheme in ("http", "https", "no"):
        assert setting(environment, scheme) == known.get(scheme, "")


@given(_HOSTS, st.sampled_from([80, 443]), st.lists(_NAMES, max_size=4).map(",".join))
def test_exemptions(host: str, port: int, exempt: str) -> None:
    known = urllib.request.proxy_bypass_environment(f"{host}:{port}", {"no": exempt})  # type: ignore[attr-defined]
    assert is_exempt(host, port, exempt) == bool(known)


def test_a_variable_in_capitals_does_not_count_in_a_cgi_program() -> None:
    environment = {"HTTP_PROXY": "of-a-header:1", "REQUEST_METHOD": "GET"}
    assert setting(environment, "http") == ""
    assert setting({**environment, "http_proxy": "proxy:1"}, "http") == "proxy:1"
    assert setting({"HTTP_PROXY": "proxy:1"}, "http") == "proxy:1"
