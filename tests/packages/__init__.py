"""Packages that people use: each is built alone, does a small real job as under CPython, and its start is timed."""
