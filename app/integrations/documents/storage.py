"""Markdown, as Confluence keeps it: XHTML without anything that is live.

https://confluence.atlassian.com/doc/confluence-storage-format-790796544.html
"""

import re
from functools import cache

from markdown_it import MarkdownIt

UNKEPT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no XML may hold: Confluence refuses the whole page for it."""


def in_storage(markdown: str) -> str:
    """Return `markdown` as XHTML. Tags in it are text; addresses that are no web addresses lead nowhere."""
    return UNKEPT.sub("", _reader().render(markdown))


@cache
def _reader() -> MarkdownIt:
    # No images: they would be fetched from wherever they say.
    return MarkdownIt("commonmark", {"html": False, "xhtmlOut": True}).enable("table").disable("image")
