"""handlers/digest.py against the standard library, and against values of the standards."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry.testing import invoke
from handlers.digest import digest
from tests.catalogue.conftest import Run

ALGORITHMS = ["sha256", "sha384", "sha512", "sha3_256", "sha3_512", "blake2b", "blake2s", "sha1", "md5"]
TO = {"scope": "workflow", "name": "result"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_hashes_and_hmacs(run: Run, algorithm: str) -> None:
    text = "Grüße\n"
    seen = run("digest", {"text": text, "algorithm": algorithm})
    expected = hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()
    assert seen.value == {"digest": expected, "algorithm": algorithm, "bytes": 8}
    signed = run("digest", {"text": text, "algorithm": algorithm, "action": "hmac", "key": "kü"})
    assert signed.value["digest"] == hmac.new("kü".encode(), text.encode(), algorithm).hexdigest()


def test_the_case_of_rfc_4231(run: Run) -> None:
    given = {"text": "Hi There", "action": "hmac", "key_base64": base64.b64encode(b"\x0b" * 20).decode()}
    assert run("digest", given).value["digest"] == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"


def test_forms_of_a_digest(run: Run) -> None:
    raw = hashlib.sha256(b"hello").digest()
    assert run("digest", {"text": "hello", "form": "base64"}).value["digest"] == base64.b64encode(raw).decode()
    url = run("digest", {"base64": "aGVsbG8=", "form": "base64url"}).value["digest"]
    assert base64.urlsafe_b64decode(url + "=") == raw


def test_an_expected_digest(run: Run) -> None:
    raw = hashlib.sha256(b"hello")
    assert run("digest", {"text": "hello", "expected": raw.hexdigest().upper()}).code is None
    padded = base64.b64encode(raw.digest()).decode()
    assert run("digest", {"text": "hello", "form": "base64", "expected": padded}).code is None
    run("digest", {"text": "hellO", "expected": raw.hexdigest()}).failed("digest.mismatch", "5 bytes")
    run("digest", {"text": "hello", "expected": "ä"}).failed("digest.mismatch")


def test_a_file_passed_in(run: Run) -> None:
    data = bytes(range(256)) * 12_345
    seen = run("digest", {"variable": "data.bin", "algorithm": "sha512"}, {"data.bin": data})
    assert seen.value == {"digest": hashlib.sha512(data).hexdigest(), "algorithm": "sha512", "bytes": len(data)}
    encoded = run("digest", {"variable": "data.bin", "action": "encode", "to": TO}, {"data.bin": data})
    assert encoded.value == {"scope": "workflow", "name": "result", "bytes": len(data) // 3 * 4}
    assert encoded.variables["workflow"]["result"] == base64.b64encode(data)
    folded = base64.encodebytes(data)
    decoded = run("digest", {"variable": "data.txt", "action": "decode", "to": TO}, {"data.txt": folded})
    assert decoded.variables["workflow"]["result"] == data


def test_texts(run: Run) -> None:
    assert run("digest", {"text": "Grüße", "action": "encode"}).value == {"base64": "R3LDvMOfZQ=="}
    for text in ("R3LDvMOfZQ==", "R3LDvMOfZQ", " R3LD\nvMOf\tZQ=="):
        assert run("digest", {"text": text, "action": "decode"}).value == {"text": "Grüße"}
    assert run("digest", {"text": "_-8", "action": "decode", "to": TO}).variables["workflow"]["result"] == b"\xff\xef"


def test_what_is_refused(run: Run) -> None:
    run("digest", {"text": "/+8=", "action": "decode"}).failed("digest.notText", "`to`")
    for text in ("a", "ab=c", "R3LD=", "$$$$", "QQ==QUJD", "QQ==QQ", "QQ==QQ==", "Grüße"):
        run("digest", {"text": text, "action": "decode"}).failed("digest.base64")
    run("digest", {"base64": "?"}).failed("digest.base64")
    run("digest", {"variable": "none"}).failed("fn.variable.missing", "none")
    run("digest", {"text": "a", "action": "hmac", "key_base64": "?"}).failed("digest.base64", "key_base64")
    for wrong in (
        {}, {"text": "a", "variable": "b"}, {"text": "a", "action": "hmac"}, {"text": "a", "key": "b"},
        {"text": "a", "action": "hmac", "key": "a", "key_base64": "b"}, {"base64": "a", "action": "decode"},
        {"text": "a", "expected": "b", "action": "encode"}, {"text": "a", "to": TO}, {"text": "a", "algorithm": "crc"},
    ):  # fmt: skip
        run("digest", wrong).failed("fn.input.mismatch", "$")


def test_what_is_too_large_for_a_report_goes_into_a_variable(run: Run) -> None:
    files = {"data.bin": bytes(25 << 20)}
    run("digest", {"variable": "data.bin", "action": "encode"}, files).failed("digest.tooLarge", "`to`")


def test_nothing_of_the_input_is_logged(run: Run) -> None:
    assert run("digest", {"text": "secret", "action": "hmac", "key": "more secret"}).log == []


@given(st.text())
def test_what_was_encoded_is_decoded(text: str) -> None:
    encoded: object = invoke(digest, {"text": text, "action": "encode"}).value
    assert isinstance(encoded, dict)
    assert invoke(digest, {"text": encoded["base64"], "action": "decode"}).value == {"text": text}
