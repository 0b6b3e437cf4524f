"""JSON and typed values: decoding, encoding, and what is wrong with an input."""
