"""Texts: codecs, patterns, formats of text."""

from __future__ import annotations

import base64
import binascii
import codecs
import difflib
import encodings
import fnmatch
import gettext
import html
import io
import locale
import pprint
import quopri
import re
import reprlib
import shlex
import string
import stringprep
import textwrap
import unicodedata

from entry import handler
from handlers._idioms import Idioms

idiom = Idioms()


@handler("texts")
def run(name: str) -> object:
    return idiom.run(name)


WORDS = re.compile(r"(?P<key>\w+)=(?P<value>[^;]+)(?:;|$)")
TEMPLATE = string.Template("Hello $name, ${count} times")
TABLE = str.maketrans({"ä": "ae", "ö": None})
DECODER = codecs.getincrementaldecoder("utf-8")()
UPPER = codecs.getencoder("latin-1")
WRAPPER = textwrap.TextWrapper(width=20, initial_indent="* ", subsequent_indent="  ")
NAMES = ["cp437", "cp1251", "koi8_r", "euc_jp", "big5", "mac_roman", "utf_7", "iso2022_jp", "hz", "cp037"]


@idiom
def pattern_made_at_import() -> object:
    return [match.groupdict() for match in WORDS.finditer("a=1;b=two;c=3")]


@idiom
def patterns_made_late() -> object:
    return [re.sub(r"(\d+)", lambda m: str(int(m[1]) * 2), "a1b22"), re.split(r"[,;]\s*", "a, b;c"),
            re.fullmatch(r"(?i)[à-ü]+", "ÄÖ") is not None, re.escape("a.b*c")]  # fmt: skip


@idiom
def pattern_pickled() -> object:
    import pickle

    return pickle.loads(pickle.dumps(WORDS)).groups


@idiom
def template_of_string() -> object:
    return [TEMPLATE.substitute(name="Ada", count=3), TEMPLATE.safe_substitute(name="Bob")]


@idiom
def translation_table() -> object:
    return "täöx".translate(TABLE)


@idiom
def incremental_decoder() -> object:
    return [DECODER.decode(b"\xc3"), DECODER.decode(b"\xa4", final=True)]


@idiom
def codec_by_literal() -> object:
    return ["€".encode("cp1252").hex(), b"\xb1".decode("iso-8859-2"), "日本".encode("shift_jis").hex(),
            "中".encode("gb18030").hex(), "a".encode("utf-8-sig").hex(), "bücher".encode("idna").decode(),
            "bücher".encode("punycode").decode(), UPPER("é")[0].hex()]  # fmt: skip


@idiom
def codec_by_name() -> object:
    return [[name, codecs.lookup(name).name] for name in NAMES]


@idiom
def codec_of_bytes() -> object:
    return [codecs.encode(b"abc", name).hex() for name in ("hex_codec", "base64_codec", "zlib_codec", "bz2_codec")]


@idiom
def codec_rot13() -> object:
    return [codecs.encode("Hello", "rot13"), "unicode_escape: \u20ac".encode("unicode_escape").decode()]


@idiom
def codec_errors() -> object:
    codecs.register_error("star", lambda error: ("*", error.end))  # type: ignore[attr-defined]
    return ["aä€".encode("ascii", how).decode("latin-1")
            for how in ("replace", "xmlcharrefreplace", "backslashreplace", "namereplace", "star")]  # fmt: skip


@idiom
def codec_unknown() -> object:
    try:
        b"".decode("no-such-codec")
    except LookupError as error:
        return str(error)
    return None


@idiom
def codec_of_an_author() -> object:
    def find(name: str) -> codecs.CodecInfo | None:
        if name != "shout":
            return None
        return codecs.CodecInfo(lambda text, how="": (text.upper().encode(), len(text)), codecs.utf_8_decode, name=name)

    codecs.register(find)
    return "quiet".encode("shout").decode()


@idiom
def encodings_aliases() -> object:
    return [encodings.normalize_encoding("ISO 8859-1"), codecs.lookup("latin1").name, codecs.lookup("u8").name]


@idiom
def base64_and_friends() -> object:
    data = bytes(range(40))
    return [base64.b64encode(data).decode(), base64.b32encode(data).decode(), base64.b85encode(data).decode(),
            base64.a85encode(data).decode(), base64.urlsafe_b64encode(b"\xff\xfe").decode(),
            binascii.crc32(data), binascii.hexlify(data, "-").decode(), quopri.encodestring("ä=".encode()).decode()]  # fmt: skip


@idiom
def differences() -> object:
    lines = list(difflib.unified_diff(["a", "b"], ["a", "c"], lineterm=""))
    return [lines, difflib.get_close_matches("aple", ["apple", "maple", "x"]),
            round(difflib.SequenceMatcher(None, "abcd", "bcde").ratio(), 3)]  # fmt: skip


@idiom
def file_patterns() -> object:
    return [fnmatch.filter(["a.py", "b.txt", "C.PY"], "*.py"), fnmatch.translate("a[!b]*.?")]


@idiom
def html_texts() -> object:
    return [html.escape('<a href="x">&\''), html.unescape("&eacute;&#8364;&notin;&lt;&bogus;")]


@idiom
def html_parser() -> object:
    from html.parser import HTMLParser

    class Links(HTMLParser):
        found: list[str] = []

        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            self.found.extend(value or "" for name, value in attributes if name == "href")

    parser = Links()
    parser.feed("<p><a href='/a?b&amp;c'>x</a><A HREF=/d>")
    return parser.found


@idiom
def pretty_printing() -> object:
    return [pprint.pformat({"b": [1] * 30, "a": {"c": {2, 1}}}, width=40), reprlib.repr("x" * 100), repr("ä\u200b\n")]


@idiom
def shell_words() -> object:
    return [shlex.split('a \'b c\' "d\\"e" f\\ g # no'), shlex.quote("it's"), shlex.join(["a b", "c"])]


@idiom
def prepared_strings() -> object:
    return [stringprep.in_table_a1("\u0221"), stringprep.map_table_b2("ß"), stringprep.in_table_c12("\u00a0")]


@idiom
def wrapped_text() -> object:
    return [WRAPPER.fill("The quick brown fox jumps over it"), textwrap.dedent("  a\n    b\n"),
            textwrap.shorten("Hello  world of words", 12), textwrap.indent("a\nb", "> ")]  # fmt: skip


@idiom
def unicode_data() -> object:
    return [unicodedata.name("é"), unicodedata.lookup("SNOWMAN"), unicodedata.normalize("NFKD", "ﬁé"), "\N{EURO SIGN}",
            unicodedata.category("1"), unicodedata.bidirectional("א"), unicodedata.decimal("٣"), "ǆ".title(),
            unicodedata.east_asian_width("中"), unicodedata.unidata_version, "ß".casefold(), "İ".lower()]  # fmt: skip


@idiom
def unicode_data_of_old() -> object:
    return unicodedata.ucd_3_2_0.unidata_version


@idiom
def formats() -> object:
    return [f"{3.14159:>10.3f}|{255:#x}|{1234567:,}|{'x':^5}|{0.5:%}", "%-5s|%05.1f|%r" % ("a", 2.25, "é"),
            "{0[a]} {1.real}".format({"a": 1}, 2j), format(1e22, "n"), f"{1e100:g}", f"{-0.0}"]  # fmt: skip


@idiom
def locale_by_default() -> object:
    return [locale.setlocale(locale.LC_ALL), locale.localeconv()["decimal_point"], locale.strxfrm("a") < "b",
            locale.format_string("%d", 1234567, grouping=True), locale.normalize("de_DE")]  # fmt: skip


@idiom
def locale_encoding() -> object:
    return [locale.getpreferredencoding(), locale.getencoding(), io.text_encoding(None)]


@idiom
def translations() -> object:
    null = gettext.NullTranslations()
    return [gettext.gettext("Hello"), gettext.ngettext("one", "many", 2), null.gettext("x"), gettext.find("no-such")]


@idiom
def text_streams() -> object:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, "utf-16", newline="\r\n")
    stream.write("a\nb")
    stream.flush()
    return [raw.getvalue().hex(), io.StringIO("a\r\nb\rc", newline=None).read()]
