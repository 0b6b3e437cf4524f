"""Frames, streams, a dictionary, an error."""

import io

import zstandard


def job():
    data = b"text " * 1000
    coder = zstandard.ZstdCompressor(level=3, write_checksum=True)
    packed = coder.compress(data)
    with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed)) as reader:
        first = reader.read(4).decode()
    samples = [
        f"name={number % 7}, value={number * number % 13}, kind={number % 3}".encode() * 4 for number in range(500)
    ]
    book = zstandard.train_dictionary(1024, samples)
    small = zstandard.ZstdCompressor(dict_data=book).compress(samples[0])
    try:
        zstandard.decompress(b"not")
    except zstandard.ZstdError as error:
        failed = str(error)
    return [
        zstandard.decompress(packed) == data,
        first,
        zstandard.ZstdDecompressor(dict_data=book).decompress(small) == samples[0],
        failed,
        zstandard.backend,
    ]
