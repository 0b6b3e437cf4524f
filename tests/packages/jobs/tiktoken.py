"""The plug-ins that name encodings are found; an encoding of one's own, without the internet."""

import tiktoken
import tiktoken.registry


def job():
    ranks = {bytes([byte]): byte for byte in range(256)} | {b"he": 256, b"ll": 257, b"hell": 258}
    encoding = tiktoken.Encoding("mine", pat_str=r"\w+|\W", mergeable_ranks=ranks, special_tokens={"<end>": 300})
    tokens = encoding.encode("hello é<end>", allowed_special="all")
    return [
        sorted(tiktoken.list_encoding_names()),
        tokens,
        encoding.decode(tokens),
        tiktoken.encoding_name_for_model("gpt-4o"),
    ]
