"""Tokens are made and read; a wrong key and one that is too old."""

from datetime import datetime, timezone

import jwt

KEY = "a key that is long enough for this, is it not"


def job():
    token = jwt.encode({"sub": "é", "exp": datetime(2030, 1, 1, tzinfo=timezone.utc)}, KEY, algorithm="HS256")
    old = jwt.encode({"exp": 1}, KEY, algorithm="HS256")
    failures = []
    for each, key in ((token, KEY[::-1]), (old, KEY)):
        try:
            jwt.decode(each, key, algorithms=["HS256"])
        except jwt.InvalidTokenError as error:
            failures.append(type(error).__name__)
    loose = jwt.decode(token, KEY, algorithms=["HS256"])
    return [token, loose, failures, jwt.get_unverified_header(token)]
