"""A page with the extensions that are named by a text: tables, footnotes, table of contents, code."""

import markdown


def job():
    text = "# Title\n\n[TOC]\n\n|a|b|\n|-|-|\n|1|2|\n\nNote[^1] and *HTML*.\n\n```py\nx = 1\n```\n\n[^1]: Here.\n\n*[HTML]: Hyper\n"
    made = markdown.Markdown(extensions=["extra", "toc", "admonition", "sane_lists", "meta"])
    return [made.convert(text), made.toc_tokens[0]["id"], markdown.markdown("a  \nb", extensions=["nl2br"])]
