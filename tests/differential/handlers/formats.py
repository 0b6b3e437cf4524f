"""Mail, types of files, and what else has a module of its own."""

from __future__ import annotations

import email
import email.header
import email.policy
import email.utils
import mailbox
import mimetypes
import netrc
import tempfile
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from entry import handler
from handlers._idioms import Idioms

idiom = Idioms()


@handler("formats")
def run(name: str) -> object:
    return idiom.run(name)


MESSAGE = EmailMessage()
MESSAGE["Subject"] = "Grüße aus Köln"
MESSAGE["To"] = "Ada Löve <ada@example.org>"
MESSAGE.set_content("Hällo\n")


@idiom
def mail_made_at_import() -> object:
    MESSAGE.add_attachment(b"\0\1", maintype="application", subtype="x", filename="ä.bin")
    MESSAGE.set_boundary("edge")
    return MESSAGE.as_bytes().decode()


@idiom
def mail_read() -> object:
    text = b"Subject: =?iso-8859-2?q?=B1?= =?utf-8?b?w6Q=?=\nFrom: =?cp1250?q?=8Aed?= <a@b>\nContent-Type: text/plain; charset=koi8-r\n\n\xc1\n"
    read = email.message_from_bytes(text, policy=email.policy.default)
    old = email.message_from_bytes(text)
    parts = email.header.decode_header(old["Subject"])
    return [read["Subject"], read["From"].addresses[0].display_name, read.get_content(),
            [(data.decode("latin-1") if isinstance(data, bytes) else data, charset) for data, charset in parts],
            str(email.header.make_header(parts))]  # fmt: skip


@idiom
def mail_of_parts() -> object:
    whole = MIMEMultipart("alternative", boundary="x")
    whole.attach(MIMEText("a", "plain", "utf-8"))
    whole.attach(MIMEText("<b>ä</b>", "html", "iso-8859-1"))
    return [whole.as_string(), [part.get_content_type() for part in whole.walk()]]


@idiom
def mail_helpers() -> object:
    return [email.utils.parseaddr("Ada <a@b.c>"), email.utils.formataddr(("Löve", "a@b")), email.utils.format_datetime(
        email.utils.parsedate_to_datetime("Mon, 20 Nov 1995 19:12:08 -0500")), email.utils.quote('"')]  # fmt: skip


@idiom
def mail_boxes() -> object:
    with tempfile.TemporaryDirectory() as name:
        box = mailbox.mbox(f"{name}/box")
        box.add("From: a\n\nbody\n")
        box.flush()
        return [len(box), box[0]["From"]]


@idiom
def types_of_files() -> object:
    return [mimetypes.guess_type(name) for name in ("a.json", "b.tar.gz", "c.html", "d.svg", "e.unknown")]


@idiom
def password_files() -> object:
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("machine a login b password c\n")
        file.flush()
        return netrc.netrc(file.name).authenticators("a")
