"""Write the table of the file's modules in C (PyImport_Inittab), as a source in C for the link."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from build.toolchain.c_packages import initializer

_SPECIAL = {
    "marshal": "PyMarshal_Init", "_warnings": "_PyWarnings_Init", "_imp": "PyInit__imp", "_ast": "PyInit__ast",
    "_tokenize": "PyInit__tokenize", "gc": "PyInit_gc", "builtins": None, "sys": None,
}  # fmt: skip

_SOURCE = """\
#include "static/compressed_libraries.h"

#include <Python.h>

{declarations}

const struct library libraries[] = {{
{libraries}
    {{NULL, NULL}},
}};

{imports}

struct _inittab _PyImport_Inittab[] = {{
{modules}
    {{NULL, NULL}},
}};
"""
_IMPORT = """\
static PyObject *import_{name}(void)
{{
    return library_present({number}) ? {start}() : NULL;
}}"""


def source(standard: Iterable[str], packaged: Iterable[str], libraries: Sequence[Iterable[str]]) -> str:
    """Return the source for modules of the standard library and of packages.

    `libraries` lists, for each library that may be packed, the modules that need it unpacked.
    """
    starts: dict[str, str | None] = dict(_SPECIAL)
    starts |= {name: f"PyInit_{name}" for name in sorted({*standard, "orjson", "_fn"} - set(_SPECIAL))}
    starts |= {name: initializer(name) for name in packaged}
    declarations = [
        f"extern PyObject *{start}(void);" for start in sorted({start for start in starts.values() if start})
    ]
    imports, rows = [], []
    for number, modules in enumerate(libraries):
        declarations.append(f"extern char __library_{number}_start[], __library_{number}_end[];")
        rows.append(f"    {{__library_{number}_start, __library_{number}_end}},")
        for name in modules:
            imports.append(_IMPORT.format(name=name, number=number, start=starts[name]))
            starts[name] = f"import_{name}"
    return _SOURCE.format(
        declarations="\n".join(declarations),
        libraries="\n".join(rows),
        imports="\n\n".join(imports),
        modules="\n".join(f'    {{"{name}", {start or "NULL"}}},' for name, start in starts.items()),
    )
