"""A document is written, encrypted, read, and its text and metadata are found."""

import io

from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject


def job():
    writer = PdfWriter()
    page = writer.add_blank_page(200, 100)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
            NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    stream = DecodedStreamObject()
    stream.set_data("BT /F1 12 Tf 10 50 Td (5 € für é) Tj ET".encode("cp1252"))
    page[NameObject("/Contents")] = writer._add_object(stream)
    writer.add_metadata({"/Title": "Tïtle"})
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    reader = PdfReader(out)
    opened = reader.decrypt("secret").name
    page = reader.pages[0]
    page.rotate(90)
    return [opened, page.extract_text(), reader.metadata.title, page.rotation, len(reader.pages)]
