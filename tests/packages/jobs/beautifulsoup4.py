"""A page in cp1252 that does not say so in its header, and selectors."""

from bs4 import BeautifulSoup


def job():
    page = '<html><head><meta charset="windows-1252"><title>Prices – “new”</title></head>'
    page += "<body><ul class=a><li>5 €<li>é<li id=x>7</ul><p>a<br>b</p></body></html>"
    soup = BeautifulSoup(page.encode("cp1252"), "html.parser")
    return [
        soup.title.string,
        soup.original_encoding,
        [li.get_text() for li in soup.select("ul.a > li")],
        soup.find(id="x").parent.name,
        soup.p.prettify(),
        list(soup.stripped_strings),
    ]
