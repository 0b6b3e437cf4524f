"""XPath, XSLT, a schema, objects, HTML that is broken, a page in latin-1."""

from lxml import etree, html, objectify


def job():
    root = etree.fromstring('<r><i id="1">één</i><i id="2">二</i></r>'.encode())
    sheet = '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/">'
    sheet += '<l><xsl:for-each select="r/i"><x><xsl:value-of select="@id"/></x></xsl:for-each></l></xsl:template></xsl:stylesheet>'
    grammar = etree.RelaxNG(
        etree.fromstring('<element name="a" xmlns="http://relaxng.org/ns/structure/1.0"><empty/></element>')
    )
    try:
        etree.fromstring("<a><b></a>")
    except etree.XMLSyntaxError as error:
        place = list(error.position)
    page = html.fromstring("<p>a<br>b<a href='x'>c".encode(), base_url="http://example.org/")
    page.make_links_absolute()
    latin = etree.fromstring(b'<?xml version="1.0" encoding="windows-1252"?><a>\x80</a>').text
    return [
        root.xpath("i[@id=2]/text()"),
        str(etree.XSLT(etree.fromstring(sheet))(root)),
        grammar(etree.fromstring("<a/>")),
        place,
        [link for _, _, link, _ in page.iterlinks()],
        latin,
        objectify.fromstring("<a><b>3</b></a>").b + 1,
    ]
