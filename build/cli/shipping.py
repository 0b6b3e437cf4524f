"""Commands for shipping: file, image, lambda, audit. Each imports its module when it runs."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from build.cli.options import Command, file_options, make_file, path
from build.core.paths import HANDLERS, ROOT


def _file(args: argparse.Namespace) -> int:
    make_file(args)
    return 0


def _image_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tag", default="fn:latest", metavar="NAME", help="the image's name (default: fn:latest)")
    parser.add_argument(
        "--default", default="", metavar="NAME", help="the handler that runs when none is named (its FN_HANDLER)"
    )
    parser.add_argument(
        "--user", default="65532:65532", metavar="UID[:GID]",
        help="who runs it (default: 65532:65532); 0 to set and read variables of a workflow",
    )  # fmt: skip
    parser.add_argument(
        "--base", default="scratch", metavar="IMAGE|ARCHIVE",
        help="an image to put the file into, or what docker save wrote of one (default: scratch, which is nothing)",
    )  # fmt: skip
    parser.add_argument("--label", action="append", default=[], metavar="NAME=VALUE", help="add a label, or change one")
    parser.add_argument(
        "--archive", type=path, default=ROOT / "dist" / "image.tar", metavar="PATH",
        help="the archive to write (default: dist/image.tar)",
    )  # fmt: skip
    parser.add_argument(
        "--compression", choices=("gzip", "zstd"), default="gzip",
        help="of what is pulled; zstd is a tenth smaller, for Docker from 23, podman from 4, containerd from 1.5",
    )  # fmt: skip
    parser.add_argument("--root", type=path, metavar="DIR", help="only write the contents of the image to a new folder")
    file_options(parser)


def _image(args: argparse.Namespace) -> int:
    from build.container.image import ImageOptions, labels, lay_out, make_image, timestamp_of

    if args.root:
        lay_out(make_file(args), args.root, timestamp_of(args.handlers), users=args.base == "scratch")
    else:
        given = labels(args.label)
        options = ImageOptions(args.tag, args.user, args.default, args.base, given, args.compression)
        make_image(lambda: make_file(args), args.handlers, options, args.archive)
    return 0


def _lambda_options(parser: argparse.ArgumentParser) -> None:
    file_options(parser)
    parser.set_defaults(output=ROOT / "dist" / "lambda.zip")
    parser.epilog = "--output is the zip here (default: dist/lambda.zip)."


def _lambda(args: argparse.Namespace) -> int:
    from build.container.lambda_zip import write_zip
    from build.core.paths import CACHE

    target = args.output
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lambda-", dir=CACHE) as folder:  # another command makes other handlers'
        args.output = Path(folder, "bootstrap")
        make_file(args)
        write_zip(args.output, target)
    return 0


def _audit_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--file",
        type=path,
        metavar="PATH",
        help="a built file, or its SBOM (default: dist/fn; if there is none, it is built from handlers/ first)",
    )
    parser.add_argument(
        "--database", metavar="URL", default="https://api.osv.dev",
        help="the database: OSV, or another with its interface (default: https://api.osv.dev)",
    )  # fmt: skip
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="NAME", help="a vulnerability that was assessed, such as a CVE"
    )
    parser.epilog = "Ends with 0 when nothing is known, 3 when something is, 4 when the database cannot be asked."


def _audit(args: argparse.Namespace) -> int:
    from build.pipeline import build_file
    from build.sbom.audit import audit, read_sbom

    file = args.file or ROOT / "dist" / "fn"
    if not args.file and not file.exists():
        build_file(HANDLERS, None, file)
    sbom = read_sbom(file)
    return audit(sbom, args.database, args.ignore)


COMMANDS = {
    "file": Command("", "build dist/fn from handlers/ (the default without a command)", file_options, _file),
    "image": Command(
        "", "build a minimal OCI image and load it into Docker or Podman if present", _image_options, _image
    ),
    "lambda": Command(
        "", "build a zip for AWS Lambda, with the file as its runtime (docs/hosts/lambda.md)", _lambda_options, _lambda
    ),
    "audit": Command("", "look up known vulnerabilities of a file's components in a database", _audit_options, _audit),
}
