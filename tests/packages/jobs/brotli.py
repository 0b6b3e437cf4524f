"""In one go, in steps, and what is no brotli."""

import brotli


def job():
    data = "é text ".encode() * 500
    packed = brotli.compress(data, quality=5)
    coder = brotli.Compressor()
    steps = coder.process(data) + coder.finish()
    try:
        brotli.decompress(b"not brotli")
    except brotli.error as error:
        failed = str(error)
    return [brotli.decompress(packed) == data, brotli.decompress(steps) == data, len(packed) < 100, failed]
