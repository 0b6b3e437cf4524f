"""The parts of files and the tools: Debian's packages, CPython's extension modules, orjson, C packages, pins."""
