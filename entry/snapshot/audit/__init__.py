"""Audit what the imports of handlers do, from source, while a file is built; no file holds it."""
