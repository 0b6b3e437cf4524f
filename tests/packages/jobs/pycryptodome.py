"""Hashes, encrypts and signs, with keys of its own; what is drawn differs from run to run, and fits."""

from Crypto.Cipher import AES, ChaCha20_Poly1305
from Crypto.Hash import BLAKE2b, SHA3_256
from Crypto.Protocol.KDF import scrypt
from Crypto.PublicKey import ECC
from Crypto.Random import get_random_bytes
from Crypto.Signature import DSS

KEY = bytes(range(32))


def job():
    cipher = AES.new(KEY, AES.MODE_GCM, nonce=bytes(12))
    sealed, tag = cipher.encrypt_and_digest(b"attack at dawn")
    opened = AES.new(KEY, AES.MODE_GCM, nonce=bytes(12)).decrypt_and_verify(sealed, tag)
    stream = ChaCha20_Poly1305.new(key=KEY, nonce=bytes(12)).encrypt(b"abc")
    pair = ECC.generate(curve="P-256")
    message = SHA3_256.new(b"abc")
    signature = DSS.new(pair, "fips-186-3").sign(message)
    DSS.new(pair.public_key(), "fips-186-3").verify(message, signature)
    return [
        [sealed.hex(), tag.hex(), opened.decode(), stream.hex()],
        [message.hexdigest(), BLAKE2b.new(data=b"abc", digest_bits=128).hexdigest()],
        scrypt("word", "salt", 16, N=2**10, r=8, p=1).hex(),
        get_random_bytes(16) != get_random_bytes(16),
    ]
