"""Draws what must not be the same in two runs, and reads clocks."""

from __future__ import annotations

import ctypes
import ssl
import time

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from entry import handler

_AT_RANDOM = 25
_STACK_GUARD = 0x28  # in the block that the thread pointer leads to, on x86-64


@handler("drawn")
def drawn(data: object) -> dict[str, str]:
    libc = ctypes.CDLL(None)
    libc.pthread_self.restype = libc.getauxval.restype = ctypes.c_size_t
    return {
        "RSA": hex(rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key().public_numbers().n),
        "P-256": hex(ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value),
        "ed25519": ed25519.Ed25519PrivateKey.generate().private_bytes_raw().hex(),
        "AES": AESGCM.generate_key(256).hex(),
        "serial number": hex(x509.random_serial_number()),
        "OpenSSL of the machine": ssl.RAND_bytes(16).hex(),
        "AT_RANDOM": ctypes.string_at(libc.getauxval(_AT_RANDOM), 16).hex(),
        "stack guard": ctypes.string_at(libc.pthread_self() + _STACK_GUARD, 8).hex(),
    }


@handler("clocks")
def clocks(count: int) -> bool:
    times = [time.time() - time.monotonic() for _ in range(count)]
    return max(times) - min(times) < 3600
