"""Segments of an ELF file; read and write the program headers of the linked file (ELF-64, System V ABI)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from build.core.errors import BuildError


