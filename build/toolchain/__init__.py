"""What files are made of and with: Debian's packages, CPython's extension modules, orjson, C packages."""
