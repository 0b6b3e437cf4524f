"""A known hash, a wrong word, a key that is derived."""

import bcrypt


def job():
    known = bcrypt.hashpw("é".encode(), b"$2b$04$abcdefghijklmnopqrstuu")
    fresh = bcrypt.hashpw(b"word", bcrypt.gensalt(4))
    try:
        bcrypt.checkpw(b"a", b"no hash")
    except ValueError as error:
        failed = str(error)
    return [
        known.decode(),
        bcrypt.checkpw(b"word", fresh),
        bcrypt.checkpw(b"other", fresh),
        bcrypt.kdf(b"a", b"salt", 16, 50).hex(),
        failed,
    ]
