"""Idioms of real handlers: the same as under CPython."""
