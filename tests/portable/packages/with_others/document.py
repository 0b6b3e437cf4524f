"""Reads, queries, transforms and checks documents."""

from __future__ import annotations

from lxml import etree, html, isoschematron

from entry import handler

_SHEET = """<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:template match="/"><list><xsl:for-each select="//item"><i><xsl:value-of select="@id"/></i></xsl:for-each></list>
</xsl:template></xsl:stylesheet>"""
_RULES = """<schema xmlns="http://purl.oclc.org/dsdl/schematron"><pattern><rule context="item">
<assert test="@id">an item has an id</assert></rule></pattern></schema>"""


@handler
def document(data: bytes) -> dict[str, object]:
    root = etree.fromstring(data)
    rules = isoschematron.Schematron(etree.XML(_RULES))
    page = html.fromstring("<p>One<br>two <a href='/x'>link</a>")
    page.make_links_absolute("https://example.org/")
    return {
        "texts": root.xpath("//item/text()"),
        "transformed": str(etree.XSLT(etree.XML(_SHEET))(root)).splitlines()[-1],
        "valid": [rules.validate(root), rules.validate(etree.XML("<r><item/></r>"))],
        "links": [link for _, _, link, _ in page.iterlinks()],
        "latin": etree.fromstring("<?xml version='1.0' encoding='ISO-8859-15'?><a>€</a>".encode("iso-8859-15")).text,
        "broken": _position("<a><b></a>"),
    }


def _position(text: str) -> list[int]:
    try:
        etree.fromstring(text)
    except etree.XMLSyntaxError as error:
        return list(error.position)
    return []
