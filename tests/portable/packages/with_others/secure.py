"""Makes an authority and a certificate, and talks TLS with itself; encrypts and signs."""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

from entry import Context, handler


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    builder = x509.CertificateBuilder().subject_name(named(name)).issuer_name(named(issuer))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    now = datetime.now(UTC)
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=9999))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), critical=True)
    # What CPython 3.13 asks of certificates: RFC 5280 to the letter.
    for extension in (
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
    ):
        builder = builder.add_extension(extension, critical=False)
    if name == issuer:
        signs = x509.KeyUsage(False, False, False, False, False, key_cert_sign=True, crl_sign=False,
                              encipher_only=False, decipher_only=False)  # fmt: skip
        builder = builder.add_extension(signs, critical=True)
    return builder.sign(signer, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> str:
    return str(certificate.public_bytes(serialization.Encoding.PEM), "ascii")


def _talk(text: bytes, folder: str) -> list[object]:
    """What a server has read, and by which version of the protocol; `folder` takes a file for a moment."""
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    trusted = _certificate("authority", authority, "authority", authority)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    path = f"{folder}/server.pem"
    with open(path, "w") as file:
        file.write(secret + _pem(_certificate("server.example", key, "authority", authority)))
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(path)
    os.unlink(path)
    client_context = ssl.create_default_context(cadata=_pem(trusted))
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context.wrap_bio(up, down, server_side=True)
    client = client_context.wrap_bio(down, up, server_hostname="server.example")
    done = 0
    while done < 2:
        done = 0
        for side in (client, server):
            try:
                side.do_handshake()
                done += 1
            except ssl.SSLWantReadError:
                pass
    client.write(text)
    return [server.read().decode(), client.version()]


@handler
def secure(data: dict[str, str], ctx: Context) -> dict[str, object]:
    text = data["text"].encode()
    key, nonce = bytes(range(16)), bytes(12)
    sealed = AESGCM(key).encrypt(nonce, text, b"header")
    try:
        AESGCM(key).decrypt(nonce, sealed, b"another header")
        refused = False
    except InvalidTag:
        refused = True
    signer = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    return {
        "talk": _talk(text, os.environ.get("FN_DATA_DIR", "/direktiv-data")),
        "sealed": AESGCM(bytes(16)).encrypt(nonce, b"", b"").hex(),
        "opened": AESGCM(key).decrypt(nonce, sealed, b"header").decode(),
        "refused": refused,
        "public": signer.public_key().public_bytes_raw().hex(),
        "rsa": rsa.generate_private_key(public_exponent=65537, key_size=2048).key_size,
    }
