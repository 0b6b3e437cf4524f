"""What `python3 build` does with handlers of every kind, and says about them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from build.toolchain.environment import PYTHON
from tests.built import built
from tests.conftest import ROOT
from tests.seccomp import PERSONALITY, forbid

_HANDLER = '"""Says something."""\n\nfrom entry import handler\n\n\n@handler\ndef {name}(data):\n    return "{name}"\n'


def _build(
    *words: str | Path, before: Callable[[], None] | None = None, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "build"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=before, cwd=folder)


@pytest.fixture
def handlers(tmp_path: Path) -> Path:
    """A folder with the repository's own handlers."""
    return Path(shutil.copytree(ROOT / "handlers", tmp_path / "handlers"))


def test_a_new_file_is_a_new_handler(handlers: Path, tmp_path: Path) -> None:
    (handlers / "brand_new.py").write_text(_HANDLER.format(name="brand_new"))
    built = _build("--handlers", handlers, "--output", tmp_path / "fn")
    assert built.returncode == 0, built.stdout + built.stderr
    assert re.search(r"\n  link +static: all that is needed can be linked\. A run takes \d+\.\d ms\n", built.stdout)
    listed = subprocess.run([tmp_path / "fn", "--list"], capture_output=True, text=True, check=True, env={})
    assert "brand-new\n" in listed.stdout
    described = subprocess.run([tmp_path / "fn", "--describe", "brand-new"], capture_output=True, check=True, env={})
    assert json.loads(described.stdout)["handlers"][0]["documentation"] == "Says something."


_DOES_WITHOUT = '''"""Has what its author may have installed."""

from entry import handler

try:
    import {name}_a
except ImportError:
    {name}_a = None
try:
    import {name}_b
except ImportError:
    {name}_b = None


@handler
def does_without(data):
    return [{name}_a is None, {name}_b is None]
'''


def test_what_lies_where_the_build_is_started_is_no_module(tmp_path: Path) -> None:
    """A folder there is a package without a source, as far as Python knows (PEP 420)."""
    here, name = tmp_path / "here", f"of_{tmp_path.parent.name}".replace("-", "_")
    (here / f"{name}_a").mkdir(parents=True)
    (here / f"{name}_b.py").touch()
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "does_without.py").write_text(_DOES_WITHOUT.format(name=name))
    built = _build("--handlers", tmp_path / "handlers", "--output", tmp_path / "fn", folder=here)
    assert built.returncode == 0, built.stdout + built.stderr
    (tmp_path / "input.json").write_text("null")
    subprocess.run([tmp_path / "fn"], env={"FN_DATA_DIR": str(tmp_path)}, check=True)
    assert json.loads((tmp_path / "output.json").read_text()) == [True, True]


_KILLED = '''"""Ends itself by a signal."""

import os
import signal

from entry import handler


@handler
def killed(data):
    os.kill(os.getpid(), signal.SIGQUIT)
'''


def _in_a_sandbox_in_the_background() -> None:
    """As inside `docker build` by its default profile; and as a shell starts what is followed by `&`."""
    signal.signal(signal.SIGQUIT, signal.SIG_IGN)
    forbid(PERSONALITY)()


def test_the_snapshot_is_the_same_wherever_it_is_taken(tmp_path: Path) -> None:
    """Where no layout of memory can be asked for, and where signals are ignored, which must not be so in the file.

    The only handler of a file is the one that a request without a path is for; no build runs it.
    """
    fixed = subprocess.run(["setarch", "--addr-no-randomize", "true"], check=False, preexec_fn=forbid(PERSONALITY))
    assert fixed.returncode != 0
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "killed.py").write_text(_KILLED)
    words: list[str | Path] = ["--handlers", tmp_path / "handlers", "--output", tmp_path / "fn", "--link", "static"]
    built = _build(*words, before=_in_a_sandbox_in_the_background)
    assert built.returncode == 0, built.stdout + built.stderr
    (tmp_path / "input.json").write_text("null")
    environment = {"FN_DATA_DIR": str(tmp_path), "FN_LOG_LEVEL": "debug"}
    subprocess.run([tmp_path / "fn"], env=environment, check=True)
    assert "SIGQUIT" in (tmp_path / "error.json").read_text()
    assert "fn: warm boot\n" in (tmp_path / "out.log").read_text()


def test_a_shared_object_is_refused_with_its_importer(handlers: Path, tmp_path: Path) -> None:
    (handlers / "native.py").write_text("from handlers import _native\n" + _HANDLER.format(name="native"))
    source, suffix = tmp_path / "native.c", sysconfig.get_config_var("EXT_SUFFIX")
    source.write_text(
        '#include <Python.h>\nstatic struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_native", NULL, -1, NULL};\n'
        "PyMODINIT_FUNC PyInit__native(void) { return PyModule_Create(&module); }\n"
    )
    include = f"-I{sysconfig.get_path('include')}"
    subprocess.run(["gcc", "-shared", "-fPIC", include, source, "-o", handlers / f"_native{suffix}"], check=True)
    built = _build("--handlers", handlers, "--output", tmp_path / "fn", "--link", "static")
    said = built.stdout + built.stderr
    assert built.returncode == 1, said
    assert "handlers._native" in said
    assert "imported by" in said
    assert "handlers.native" in said.partition("imported by")[2]
    assert "pure Python" in said
    assert not (tmp_path / "fn").exists()
    for _ in range(2):  # the second time from the cache
        carried = _build("--handlers", handlers, "--output", tmp_path / "fn")
        reason = "handlers._native cannot be linked statically; the file is larger"
        assert re.search(rf"portable: {reason}.+\. A run takes \d+\.\d ms\n", carried.stdout)
    listed = subprocess.run([tmp_path / "fn", "--list"], capture_output=True, text=True, check=True, env={})
    assert "native\n" in listed.stdout


# What the static link takes is covered up in a namespace of mounts; `$1` is a folder for this, the rest is the command.
_TAKE_AWAY = """\
echo ID=other > "$1/os-release"
mount --bind "$1/os-release" "$(readlink -f /etc/os-release)"
for file in $(find /usr -name 'libpython*.a') $(which -a dpkg-query apt-get cargo rustc); do
    mount --bind /dev/null "$file"
done
for folder in .cache/orjson .cache/python*-source .cache/extensions .cache/sdists; do
    test ! -d "$folder" || mount -t tmpfs none "$folder"
done
shift
exec "$@"
"""


def test_a_machine_without_the_toolchain(tmp_path: Path) -> None:
    """No Debian, no static interpreter library, no Rust: PyInstaller, gcc and a shared libpython do. Needs root."""
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "carried.py").write_text(_HANDLER.format(name="carried"))
    python: list[str | Path] = ["unshare", "--mount", "sh", "-ec", _TAKE_AWAY, "sh", tmp_path, f"/usr/bin/{PYTHON}"]
    command = [*python, "build", "--handlers", tmp_path / "handlers", "--output", tmp_path / "fn"]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    assert (
        "portable: the static link takes Debian's Python (build on Debian 12 or 13); the file is larger" in built.stdout
    )
    (tmp_path / "input.json").write_text("null")
    subprocess.run([tmp_path / "fn"], env={"FN_DATA_DIR": str(tmp_path)}, check=True)
    assert (tmp_path / "output.json").read_text() == '"carried"'
    command += ["--link", "static"]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "build on Debian 12 or 13" in refused.stderr


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import no_such_module", "no_such_module"),
        ("def broken(:", "SyntaxError"),
        ("from entry import handler\n@handler('greet')\ndef other(data): pass", "two handlers are named 'greet'"),
        ("from entry import handler\n@handler\ndef wrong(data): pass\n1 / 0", "ZeroDivisionError"),
    ],
)
def test_handlers_that_cannot_be_loaded(handlers: Path, tmp_path: Path, code: str, words: str) -> None:
    (handlers / "wrong.py").write_text(code)
    built = _build("--handlers", handlers, "--output", tmp_path / "fn")
    assert built.returncode == 1
    assert words in built.stdout + built.stderr
    assert "wrong.py" in built.stdout + built.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--handlers", "/no/such/folder"), "is not a folder"),
        (("--requirements", "/no/such/file"), "is not a file"),
        (("--output", "/"), "is a folder"),
        (("--output", "/sys/fn"), "Permission denied\nlet this user write there, or name another place"),
        (("--output", str(ROOT / "handlers" / "fn")), "lies among the handlers: it would hold itself"),
        (("run", "greet", "more"), "run does not know more"),
        (("rum",), "there is no command 'rum'; did you mean 'run'?"),
        (("bench", "--runs", "0"), "--runs: at least 1"),
        (("soak", "--link", "static"), "soak does not know --link static"),
    ],
)
def test_words_that_make_no_sense(words: tuple[str, ...], said: str) -> None:
    done = _build(*words)
    assert done.returncode != 0
    assert said in done.stdout + done.stderr


def test_a_file_without_a_snapshot(handlers: Path, tmp_path: Path) -> None:
    cold = ("--no-snapshot", "--link", "static")
    built = _build("--handlers", handlers, "--output", tmp_path / "fn", *cold)
    assert built.returncode == 0, built.stdout + built.stderr
    assert re.search(r"\n  link +static\. A run takes \d+ ms with the imports of archive\n", built.stdout)
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    (exchange / "input.json").write_text('{"name": "Ada"}')
    environment = {"FN_DATA_DIR": str(exchange), "FN_LOG_LEVEL": "debug"}
    subprocess.run([tmp_path / "fn", "greet"], env=environment, check=True)
    assert (exchange / "out.log").read_text().startswith("fn: cold boot: the file was built without a snapshot\n")
    assert (tmp_path / "fn").stat().st_size < (ROOT / "dist" / "fn").stat().st_size


_HASHING = """import hashlib
from entry import handler

@handler
def hashing(data):
    return hashlib.new(data, b"").hexdigest()
"""


@pytest.mark.parametrize(
    ("words", "openssl", "outcome"),
    [
        pytest.param((), True, "output.json", id="all of hashlib"),
        pytest.param(("--exclude", "_hashlib", "--exclude", "_ssl"), False, "error.json", id="the interpreter's own"),
    ],
)
def test_openssl_is_there_unless_its_author_does_without(
    words: tuple[str, ...], openssl: bool, outcome: str, tmp_path: Path
) -> None:
    """RIPEMD-160 is a hash that only OpenSSL has, SHA-256 one that the interpreter has, too."""
    (file,) = built(tmp_path, {"hashing.py": _HASHING}, *words).command
    sbom = json.loads(subprocess.run([file, "--sbom"], capture_output=True, check=True, env={}).stdout)
    assert ("libssl-dev" in {each["name"] for each in sbom["components"]}) == openssl
    for name, expected in (("sha256", "output.json"), ("ripemd160", outcome)):
        exchange = tmp_path / name
        exchange.mkdir()
        (exchange / "input.json").write_text(json.dumps(name))
        subprocess.run([file], env={"FN_DATA_DIR": str(exchange)}, check=True)
        assert (exchange / expected).is_file()


def test_a_run_shows_log_outcome_and_times() -> None:
    shown = _build("run", "greet", "--input", '{"name": "Ada"}')
    assert shown.returncode == 0, shown.stderr
    for words in ("greeting Ada", '{"greeting": "Hello, Ada!"}', "times", "status 0"):
        assert words in shown.stdout


def test_a_thousand_handlers(tmp_path: Path) -> None:
    """One file with all of them; a run finds its own."""
    handlers = tmp_path / "handlers"
    handlers.mkdir()
    code = "from entry import handler\n" + "".join(
        f'@handler("number-{number}")\ndef number_{number}(data):\n    return {number}\n' for number in range(1000)
    )
    (handlers / "many.py").write_text(code)
    built = _build("--handlers", handlers, "--output", tmp_path / "fn")
    assert built.returncode == 0, built.stdout + built.stderr
    (tmp_path / "input.json").write_text("1")
    environment = {"FN_DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
    subprocess.run([tmp_path / "fn", "number-777"], env=environment, check=True)
    assert (tmp_path / "output.json").read_text() == "777"
