"""The modules, data and shared objects that the file holds. Here: whether this is the file, and of which link.

The names of builtin modules are some hundred, so they are searched once.
"""

from __future__ import annotations

import sys

IS_FILE = "_fn" in sys.builtin_module_names
FILES_ROOT = "/fn-bundle/"  # where it all seems to lie: a path that no file system has (build/boot/vfs/files.h)
IS_PORTABLE = "_bundled" in sys.builtin_module_names  # the file carries shared objects
