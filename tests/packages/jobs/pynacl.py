"""A secret box, a sealed box, a signature, a hash."""

from nacl import encoding, hash, pwhash, utils
from nacl.exceptions import BadSignatureError, CryptoError
from nacl.public import PrivateKey, SealedBox
from nacl.secret import SecretBox
from nacl.signing import SigningKey


def job():
    box = SecretBox(bytes(32))
    key = PrivateKey(bytes([1]) * 32)
    signer = SigningKey(bytes(32))
    failures = []
    try:
        signer.verify_key.verify(b"other", signer.sign(b"text").signature)
    except BadSignatureError as error:
        failures.append(str(error))
    try:
        box.decrypt(utils.random(60))
    except CryptoError as error:
        failures.append(str(error))
    return [
        box.encrypt("é".encode(), bytes(24)).hex(),
        SealedBox(key).decrypt(SealedBox(key.public_key).encrypt(b"x")).decode(),
        signer.sign(b"text").signature.hex(),
        hash.blake2b(b"a", encoder=encoding.HexEncoder).decode(),
        failures,
        pwhash.verify(pwhash.argon2id.str(b"w", opslimit=1, memlimit=8192), b"w"),
    ]
