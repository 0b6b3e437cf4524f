"""An RSS feed in cp1252 and an Atom feed; dates, a feed that is broken, HTML that is cleaned."""

import feedparser


def job():
    rss = '<?xml version="1.0" encoding="windows-1252"?><rss version="2.0"><channel><title>Prices – 5 €</title>'
    rss += "<item><title>a &amp; é</title><pubDate>Thu, 29 Feb 2024 12:00:00 +0100</pubDate>"
    rss += "<description>&lt;p onclick='x'&gt;b&lt;script&gt;c&lt;/script&gt;&lt;/p&gt;</description></item></channel></rss>"
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><title>二</title><entry><updated>2024-02-29T12:00:00Z</updated>'
    atom += '<link href="/x"/><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">d</div></content></entry></feed>'
    one, two = feedparser.parse(rss.encode("cp1252")), feedparser.parse(atom.encode())
    bad = feedparser.parse(b"<rss><channel><title>t & u</title></channel></rss>")
    item, entry = one.entries[0], two.entries[0]
    return [
        one.feed.title,
        one.encoding,
        item.title,
        list(item.published_parsed),
        item.summary,
        two.version,
        two.feed.title,
        list(entry.updated_parsed),
        entry.link,
        entry.content[0].value,
        bool(bad.bozo),
        bad.feed.title,
    ]
