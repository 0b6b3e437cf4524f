"""A test vector, a signature, a certificate that is issued and verified, a key that is derived."""

from datetime import datetime, timezone

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.x509.oid import NameOID


def job():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "é.example")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7)
    builder = builder.not_valid_before(datetime(2024, 1, 1, tzinfo=timezone.utc))
    certificate = builder.not_valid_after(datetime(2030, 1, 1, tzinfo=timezone.utc)).sign(key, hashes.SHA256())
    certificate.verify_directly_issued_by(certificate)
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    signer = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    try:
        signer.public_key().verify(signer.sign(b"a"), b"b")
    except InvalidSignature:
        refused = True
    fernet = Fernet(Fernet.generate_key())
    return [
        AESGCM(bytes(16)).encrypt(bytes(12), b"text", None).hex(),
        x509.load_pem_x509_certificate(pem).subject.rfc4514_string(),
        refused,
        signer.sign(b"a").hex(),
        fernet.decrypt(fernet.encrypt(b"x")).decode(),
        PBKDF2HMAC(hashes.SHA256(), 16, b"salt", 1000).derive(b"word").hex(),
        rsa.generate_private_key(65537, 1024).key_size,
    ]
