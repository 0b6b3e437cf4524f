"""Formats of data, packed and not."""

from __future__ import annotations

import bz2
import configparser
import copy
import copyreg
import csv
import gzip
import io
import json
import lzma
import marshal
import pickle
import plistlib
import tarfile
import tomllib
import xml.etree.ElementTree as ET
import zipfile
import zlib
from dataclasses import dataclass, field

from entry import handler
from handlers._idioms import Idioms

idiom = Idioms()


@handler("data")
def run(name: str) -> object:
    return idiom.run(name)


SETTINGS = configparser.ConfigParser()
SETTINGS.read_string("[DEFAULT]\nroot = /srv\n[web]\npath = %(root)s/www\nport = 80\non = yes\n")
TREE = ET.fromstring("<a><b x='1'>text</b><b/>tail</a>")
ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
PACKED = zlib.compress(b"at import " * 20)
COMPRESSOR = zlib.compressobj(9)
BEGUN = COMPRESSOR.compress(b"begun at import")
UNPACKER = lzma.LZMADecompressor()
csv.register_dialect("pipes", delimiter="|", quoting=csv.QUOTE_MINIMAL)


@dataclass
class Point:
    x: int
    tags: list[str] = field(default_factory=list)

    def __reduce__(self) -> tuple[type[Point], tuple[int, list[str]]]:
        return Point, (self.x, self.tags)


KEPT = pickle.dumps({"point": Point(1, ["a"]), "set": {1}, "big": 2**70}, protocol=5)


@idiom
def settings_read_at_import() -> object:
    return [
        SETTINGS["web"]["path"],
        SETTINGS.getint("web", "port"),
        SETTINGS.getboolean("web", "on"),
        SETTINGS.sections(),
    ]


@idiom
def settings_written() -> object:
    made = configparser.RawConfigParser(allow_no_value=True)
    made["a"] = {"b": "c"}
    stream = io.StringIO()
    made.write(stream)
    return stream.getvalue()


@idiom
def json_texts() -> object:
    class Own(json.JSONEncoder):
        def default(self, value: object) -> object:
            return str(value)

    return [ENCODER.encode({"b": 1, "a": [None, 1.5]}), json.dumps({"p": 1j}, cls=Own, indent=1),
            json.loads("[1e3, -0.0, \"\\u00e4\", 123456789012345678901234567890]", parse_float=str),
            json.dumps("ä€😀"), json.loads('{"a": 1, "a": 2}', object_pairs_hook=list)]  # fmt: skip


@idiom
def json_errors() -> object:
    found = []
    for text in ("", "{", "[1,]", '{"a" 1}', "nul", '"\t"'):
        try:
            json.loads(text)
        except json.JSONDecodeError as error:
            found.append(str(error))
    return found


@idiom
def csv_texts() -> object:
    stream = io.StringIO()
    csv.writer(stream, "pipes").writerows([["a", "b|c"], [1, None]])
    writer = csv.DictWriter(stream, ["x", "y"], extrasaction="ignore")
    writer.writeheader()
    writer.writerow({"x": '"', "z": 1})
    return [stream.getvalue(), list(csv.DictReader(["a,b", "1,2,3"])), csv.Sniffer().sniff("a;b\n1;2\n").delimiter]


@idiom
def pickles_of_import() -> object:
    kept = pickle.loads(KEPT)
    return [kept["point"].tags, sorted(kept["set"]), kept["big"], len(pickle.dumps(kept, protocol=2)) > 20]


@idiom
def copies_of_objects() -> object:
    ring: list[object] = [1]
    ring.append(ring)
    twin = copy.deepcopy(ring)
    point = copy.copy(Point(3, ["a"]))
    return [twin[1] is twin, point.tags, copyreg.dispatch_table.get(complex) is not None]


@idiom
def marshalled() -> object:
    code = compile("1 + 1", "x", "eval")
    return [eval(marshal.loads(marshal.dumps(code))), marshal.loads(marshal.dumps((1, "a", 2.5)))]


@idiom
def packed_bytes() -> object:
    data = b"some text " * 50
    return [zlib.decompress(PACKED)[:9].decode(), bz2.decompress(bz2.compress(data)) == data,
            lzma.decompress(lzma.compress(data, format=lzma.FORMAT_ALONE)) == data, UNPACKER.decompress(lzma.compress(data)) == data,
            gzip.decompress(gzip.compress(data, mtime=0)) == data, gzip.compress(b"x", mtime=0).hex()[:20],
            zlib.compress(data, 9).hex()[:40], zlib.adler32(data)]  # fmt: skip


@idiom
def packing_begun_at_import() -> object:
    return zlib.decompress(BEGUN + COMPRESSOR.compress(b" and ended") + COMPRESSOR.flush()).decode()


@idiom
def zip_files() -> object:
    stream = io.BytesIO()
    found = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with zipfile.ZipFile(stream, "w", method) as made:
            made.writestr("ä/b.txt", "text" * 20)
        with zipfile.ZipFile(stream) as read:
            found.append(
                [read.namelist(), len(read.read("ä/b.txt")), read.testzip(), zipfile.Path(read, "ä/").is_dir()]
            )
    return found


@idiom
def tar_files() -> object:
    found = []
    for mode in ("", "gz", "bz2", "xz"):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode=f"w:{mode}") as made:
            info = tarfile.TarInfo("a" * 150)
            info.size = 3
            made.addfile(info, io.BytesIO(b"abc"))
        stream.seek(0)
        with tarfile.open(fileobj=stream) as read:
            member = read.getmembers()[0]
            content = read.extractfile(member)
            found.append([len(member.name), content.read().decode() if content else None, member.mode])
    return found


@idiom
def trees_of_xml() -> object:
    ET.SubElement(TREE, "c", {"ä": "<"})
    return [ET.tostring(TREE, "unicode"), [each.text for each in TREE.iter("b")], TREE.find("b[@x='1']") is not None,
            ET.canonicalize("<a  b='1' a='2'/>")]  # fmt: skip


@idiom
def xml_of_other_encodings() -> object:
    found = []
    for encoding in ("windows-1252", "iso-8859-2", "utf-16", "us-ascii", "koi8-r"):
        document = f"<?xml version='1.0' encoding='{encoding}'?><a>\xa4z</a>".encode(encoding, "xmlcharrefreplace")
        found.append(ET.fromstring(document).text)
    return found


@idiom
def xml_errors() -> object:
    try:
        ET.fromstring("<a>\n<b></a>")
    except ET.ParseError as error:
        return [str(error), error.position]
    return None


@idiom
def xml_by_other_ways() -> object:
    from xml.dom import minidom
    from xml.parsers import expat
    from xml.sax import handler, parseString, saxutils

    names: list[str] = []

    class Names(handler.ContentHandler):
        def startElement(self, name: str, attributes: object) -> None:
            names.append(name)

    parseString(b"<a><b/></a>", Names())
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: names.append(name)
    parser.Parse("<c d='1'/>", True)
    document = minidom.parseString("<a b='1'><!--c--></a>")
    return [names, document.documentElement.toxml(), document.toprettyxml(indent=" "), saxutils.escape("<&"),
            [event for event, _ in ET.iterparse(io.BytesIO(b"<a><b/></a>"), ["start", "end"])]]  # fmt: skip


@idiom
def property_lists() -> object:
    data = {"a": [1, 2.5, b"x", True], "b": {"c": "ä"}}
    return [plistlib.loads(plistlib.dumps(data))["b"], plistlib.dumps(data, fmt=plistlib.FMT_BINARY).hex()[:16]]


@idiom
def toml_texts() -> object:
    read = tomllib.loads('a = 1\n[b]\nc = [1.5, "x"]\nd = 2026-01-02T03:04:05Z\n')
    return [read["a"], read["b"]["c"], read["b"]["d"].isoformat()]
