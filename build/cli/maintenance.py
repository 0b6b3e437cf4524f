"""Commands for work on fn itself: bench, soak and others. Each imports its module when it runs."""

from __future__ import annotations

import argparse
import secrets
import shutil

from build.cli.options import Command, no_options, path
from build.core.paths import CACHE, ROOT


def _bench_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", type=int, default=21, metavar="N", help="runs of each program (default: 21)")
    parser.add_argument("--write", action="store_true", help="put tables and plot into README.md and docs/")
    parser.add_argument(
        "--ablate", action="store_true", help="what each trick of the build is worth, in place of all else"
    )
    parser.add_argument("--serve", action="store_true", help="the hosts that answer requests, in place of all else")
    parser.add_argument(
        "--requests", type=int, default=1000, metavar="N", help="of each load with --serve (default: 1000)"
    )


def _bench(args: argparse.Namespace) -> int:
    from build.bench import ablation, bench, bench_hosts

    if args.ablate:
        return ablation.ablate(args.runs, write=args.write)
    if args.serve:
        return bench_hosts(args.requests, write=args.write)
    return bench(args.runs, write=args.write)


def _soak_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host", choices=("isolated", "http"), default="isolated", help="http: requests to one server (default: runs)"
    )
    parser.add_argument(
        "--runs", type=int, metavar="N", help="runs, or requests, in all (default: 10000, of --host http 100000)"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="of an earlier run, to have it again")
    parser.add_argument(
        "--mix", choices=("plain", "packages"), default="plain",
        help="packages: handlers with numpy and pandas (default: plain, those of tests/handlers)",
    )  # fmt: skip
    parser.add_argument("--file", type=path, metavar="PATH", help="a file with these handlers (default: it is made)")


def _soak(args: argparse.Namespace) -> int:
    from build.dev.soak import soak
    from build.dev.soak_mixes import MIXES
    from build.pipeline import build_file

    seed = secrets.randbits(32) if args.seed is None else args.seed
    mix = MIXES["plain" if args.host == "http" else args.mix]
    name = "fn" if mix is MIXES["plain"] else f"fn-soak-{args.mix}"
    snapshot = "required" if mix.requirements else "auto"
    file = args.file or build_file(mix.handlers, mix.requirements, CACHE / "tests" / name, snapshot=snapshot)
    if args.host == "http":
        from build.dev import soak_http

        return soak_http.soak(file, args.runs or 100_000, seed)
    return soak(file, args.runs or 10_000, seed, mix)


def _toolchain(args: argparse.Namespace) -> int:
    from build.link.inputs import all_extensions, toolchain

    if toolchain("auto") != "portable":
        all_extensions()
    return 0


def _clean(args: argparse.Namespace) -> int:
    for name in ("dist", ".cache", ".venv"):
        folder = ROOT / name
        if folder.is_symlink():
            target = folder.resolve()
            folder.unlink()
            print(f"removed the link {name}; {target} stays as it is")
        elif folder.exists():
            shutil.rmtree(folder)
            print(f"removed {name}/")
    return 0


COMMANDS = {
    "bench": Command("", "compare times, throughput, memory and sizes with peers, in one run", _bench_options, _bench),
    "soak": Command("", "do many runs with random inputs, faults and kills; none may be lost", _soak_options, _soak),
    "toolchain": Command(
        "", "prepare all that builds need, before there are handlers (as a layer)", no_options, _toolchain
    ),
    "clean": Command("", "remove dist/, .cache/ and .venv/", no_options, _clean),
}
