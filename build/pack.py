"""From handlers to the linked file: stages them, has PyInstaller analyse and pack (fn.spec), and links.

The spec runs in a process of PyInstaller's; the two halves share a plan in the environment.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from build import analysis, crates, debian, portable
from build import link as linking
from build.environment import PYTHON, STATIC, has_debian_python
from build.extensions import EXTENSIONS, INCOMPLETE, compile_extensions
from build.places import LIST
from build.sdists import COMPILED, compile_packaged
from build.steps import CACHE, ROOT, BuildError, digest, run, step

# orjson imports these from Rust, where no analysis sees it. entry/ alone does without (entry/orjson_import.py).
OF_ORJSON = ["dataclasses", "datetime", "enum", "json", "uuid", "zoneinfo"]

_COST_OF_PORTABLE = "no snapshot, so each run starts the interpreter and imports anew (docs/links.md)"

# Of entry/: what runs from source only, and what only handlers with a typed input need; it brings msgspec with it.
_NEVER = ["entry.testing", "entry.supervisor", "entry.pump", "entry.logfile"]
_OF_TYPED = ["entry.typed", "entry.mismatch"]


@dataclass(frozen=True)
class Plan:
    """What the spec needs to know: where the handlers are staged, where modules are found, where to work and write."""

    stage: Path
    work: Path
    output: Path
    paths: list[Path]
    modules: list[str]
    excluded: list[str]
    link: str  # "static", "portable", or "auto": portable where static is impossible

    @property
    def packages(self) -> Path | None:
        """The folder with the packages of an author's requirements."""
        return self.paths[1] if len(self.paths) > 2 else None

    def environment(self) -> dict[str, str]:
        plan = {
            "stage": str(self.stage), "work": str(self.work), "output": str(self.output),
            "paths": [str(path) for path in self.paths], "modules": self.modules, "excluded": self.excluded,
            "link": self.link,
        }  # fmt: skip
        machine = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}  # would be carried
        return {**machine, "FN_BUILD_PLAN": json.dumps(plan), "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}

    @classmethod
    def read(cls) -> Plan:
        plan = json.loads(os.environ["FN_BUILD_PLAN"])
        plan |= {name: Path(plan[name]) for name in ("stage", "work", "output")}
        return cls(**{**plan, "paths": [Path(path) for path in plan["paths"]]})


def stage(
    handlers: Path, packages: Path | None, work: Path, link: str, only: Sequence[str] = ()
) -> tuple[Plan, dict[str, str]]:
    """Copies the handlers to a folder of their own and asks them for their names: the plan, and the index by name.

    With names in `only`, no module of the handlers is kept that those do not import.
    Raises BuildError for handlers that cannot be imported, have one name twice, or are none.
    """
    target = work / "stage"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(handlers, target / "handlers", ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".*"))
    for path in [target / "handlers" / "any", *(target / "handlers").rglob("*.py")]:
        for folder in path.parents[: len(path.relative_to(target).parts) - 1]:
            (folder / "__init__.py").touch()  # the file has no packages without
    (target / "handlers" / LIST).unlink(missing_ok=True)  # for readers of the folder, not for the file
    paths = [target, *([packages] if packages else []), ROOT]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(path) for path in paths[1:]), "PYTHONHASHSEED": "0"}
    with step("handlers") as line:
        try:
            printed = run(
                [sys.executable, "-P", "-m", "entry", "--index"],
                cwd=target,
                environment={**environment, "PYTHONPATH": os.pathsep.join(map(str, paths))},
                what="loading the handlers",
            )
        except BuildError as error:
            raise BuildError("the handlers cannot be loaded", error.advice.replace(f"{target}/", "")) from None
        found = json.loads(printed)
        index: dict[str, str] = found["handlers"]
        if not index:
            raise BuildError(f"there is no handler in {handlers}", "add a file with a function under @handler")
        if only:
            index = _chosen(index, only)
            _keep_only(target, index.values())
        line.note(_listed(list(index)))
    (target / "index.json").write_text(json.dumps(index))
    (target / "handlers_index.py").touch()
    (target / "start.py").write_text("import entry.__main__\n")
    hidden = ["asyncio"] if _is_async(target / "handlers") else []
    excluded = _NEVER if index.keys() & set(found["typed"]) else [*_NEVER, *_OF_TYPED]
    entry = [name for name in _entry_modules() if name not in excluded]
    modules = sorted({*index.values(), *_own_modules(target / "handlers"), "handlers_index", *hidden, *entry})
    return Plan(target, work, work / "fn", paths, modules, excluded, link), index


def _chosen(index: dict[str, str], only: Sequence[str]) -> dict[str, str]:
    """The part of the index with all handlers of the modules that hold those named."""
    names = [name.replace("_", "-") for name in only]
    if unknown := [name for name in names if name not in index]:
        raise BuildError(f"there is no handler {', '.join(unknown)}", f"the handlers: {', '.join(index)}")
    modules = {index[name] for name in names}
    return {name: module for name, module in index.items() if module in modules}


def _keep_only(target: Path, modules: Iterable[str]) -> None:
    """Removes the handlers' modules that no import statement reaches from those named."""
    files = {_module_name(path.relative_to(target)): path for path in (target / "handlers").rglob("*.py")}
    kept, left = set[str](), list(modules)
    while left:
        name = left.pop()
        if name in files and name not in kept:
            kept.add(name)
            left += [name.rpartition(".")[0], *analysis.imported_by(files[name], name)]
    for name in files.keys() - kept:
        files[name].unlink()


def write_index(plan: Plan, *, orjson_is_shared: bool) -> None:
    """Writes the module by which the file knows its handlers without importing them."""
    index = json.loads((plan.stage / "index.json").read_text())
    (plan.stage / "handlers_index.py").write_text(
        f'"""What the build found: the handlers by name, and whether others than entry/ import orjson."""\n\n'
        f"HANDLERS = {dict(sorted(index.items()))!r}\nORJSON_IS_SHARED = {orjson_is_shared}\n"
    )


def needs_time_zones(plan: Plan) -> bool:
    """Whether an image of the file has to hold the time zones beside it."""
    return (plan.work / "time-zones").exists()


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 5 else f"{', '.join(names[:4])} and {len(names) - 4} more"


def _is_async(handlers: Path) -> bool:
    """Whether a handler may be async: entry/ imports asyncio only for those."""
    return any("async def" in path.read_text(encoding="utf-8") for path in handlers.rglob("*.py"))


def _own_modules(handlers: Path) -> list[str]:
    return [_module_name(path.relative_to(handlers.parent)) for path in sorted(handlers.rglob("*.py"))]


def _module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _entry_modules() -> list[str]:
    return [f"entry.{path.stem}" for path in sorted((ROOT / "entry").glob("*.py")) if path.stem != "__init__"]


def toolchain(wanted: str) -> str:
    """Makes, or finds in the cache, what every static file is linked with and no analysis decides about.

    The link that is possible with it: `auto` becomes portable on a machine that cannot have it.
    """
    with step("toolchain") as line:
        try:
            if not has_debian_python():
                raise debian.PackagesMissingError("the static link takes Debian's Python", "build on Debian 12 or 13")
            debian.require_packages(STATIC)
        except debian.PackagesMissingError as error:
            if wanted == "static":
                raise
            line.note("portable")
            missing = error
        else:
            source, remark = debian.python_source(PYTHON, CACHE)
            _, cached = crates.orjson_library()
            line.note(f"{remark or source.name}, orjson {'cached' if cached else 'compiled'}")
            return wanted
    print(f"  link         portable: {missing} ({missing.advice}); {_COST_OF_PORTABLE}", flush=True)
    return "portable"


def all_extensions() -> None:
    """Makes the rest of what a file can be linked with, so that builds need no package and no compiler of it later."""
    with step("extensions") as line:
        _extension_objects(list(EXTENSIONS))
        for name in COMPILED:
            compile_packaged(name, linking.include_folder())
        line.note(f"{len(EXTENSIONS) + len(COMPILED)} modules")


def pack(plan: Plan) -> str:
    """Has PyInstaller run the spec, which ends in `link`: the link that it came to.

    Raises BuildError for what cannot be linked.
    """
    problem, result = plan.work / "problem", plan.work / "result"
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--distpath", str(plan.work / "dist"), "--workpath", str(plan.work / "pyinstaller")]
    with step("analysis") as line:
        try:
            run([*command, str(ROOT / "build" / "fn.spec")], environment=plan.environment(), what="PyInstaller")
        except BuildError:
            if problem.exists():
                raise BuildError(*json.loads(problem.read_text())) from None
            raise
        linked, summary, why = json.loads(result.read_text())
        line.note(summary)
    if why:
        print(f"  link         portable: {why}", flush=True)
    return str(linked)


def link(
    plan: Plan, archive: Path, binaries: Iterable[analysis.Entry], builtins: set[str], importers: analysis.Importers
) -> None:
    """The spec's last step: the static link, or the portable one where it is asked for or the only one possible."""
    binaries = list(binaries)
    linked, why = plan.link, ""
    try:
        if plan.link == "auto":
            linked, why = _choose(binaries, importers)
        if linked == "portable":
            summary = portable.link(
                plan.output, archive=archive, binaries=binaries, importers=importers, work=plan.work / "link"
            )
        else:
            extensions = {*analysis.extensions(binaries, importers), *(INCOMPLETE & builtins)}
            summary = _link_statically(plan, archive, sorted(extensions), builtins)
    except BuildError as error:
        (plan.work / "problem").write_text(json.dumps([str(error), error.advice]))
        sys.exit(str(error))
    summary = f"{archive.stat().st_size / 1e6:.1f} MB of modules, {summary}"
    (plan.work / "result").write_text(json.dumps([linked, summary, why]))
    if analysis.needs_time_zones(importers):
        (plan.work / "time-zones").touch()


def _choose(binaries: list[analysis.Entry], importers: analysis.Importers) -> tuple[str, str]:
    """The link for what was found, and why it is the portable one."""
    try:
        analysis.extensions(binaries, importers)
    except analysis.NotStaticError as error:
        found = [f"{modules[0]} and {len(modules) - 1} more of {package}" if len(modules) > 1 else modules[0]
                 for package, modules in sorted(error.modules.items())]  # fmt: skip
        return "portable", f"{', '.join(found)} cannot be linked statically; {_COST_OF_PORTABLE}"
    return "static", ""


def _link_statically(plan: Plan, archive: Path, names: list[str], builtins: set[str]) -> str:
    compiled = _extension_objects([name for name in names if name in EXTENSIONS])
    packaged = {name: compile_packaged(name, linking.include_folder()) for name in names if name in COMPILED}
    orjson, _ = crates.orjson_library()
    linking.link(
        plan.output, archive=archive, builtins=builtins, extensions=compiled, packaged=packaged, orjson=orjson,
        work=plan.work / "link",
    )  # fmt: skip
    return f"{len(names)} extension modules"


def _extension_objects(names: list[str]) -> dict[str, list[Path]]:
    debian.require_packages(package for name in names for package in EXTENSIONS[name].packages)
    source, _ = debian.python_source(PYTHON, CACHE)
    objects = CACHE / "extensions" / digest([ROOT / "build" / "extensions.py", str(source)])[:16]
    return compile_extensions(names, source, linking.include_folder(), objects)
