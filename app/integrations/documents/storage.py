"""Markdown, as Confluence keeps it: XHTML without anything that is live.

https://confluence.atlassian.com/doc/confluence-storage-format-790796544.html
"""

from functools import cache

from markdown_it import MarkdownIt


def in_storage(markdown: str) -> str:
    """Return `markdown` as XHTML. Tags in it are text; addresses that are no web addresses lead nowhere."""
    made: str = _reader().render(markdown)
    return made


@cache
def _reader() -> MarkdownIt:
    # No images: they would be fetched from wherever they say.
    return MarkdownIt("commonmark", {"html": False, "xhtmlOut": True}).enable("table").disable("image")
