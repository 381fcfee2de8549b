"""Markdown as a tree of sections: what stands under which heading, and on which lines.

A bold line on its own, and a short line that ends with a colon before a list, head a section as well: many runbooks
know no deeper headings.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

BOLD_LEVEL, COLON_LEVEL = 7, 8
LONGEST_HEAD, LONGEST_BARE_HEAD = 120, 50
TICK = re.compile(r"\[([ xX])\]\s+")
HTML_ROW = re.compile(r"<tr\b[^>]*>(.*?)(?=</tr>|<tr\b|\Z)", re.IGNORECASE | re.DOTALL)
HTML_CELL = re.compile(r"<t[hd]\b[^>]*>(.*?)(?=</t[hd]>|<t[hd]\b|\Z)", re.IGNORECASE | re.DOTALL)
TAG = re.compile(r"<[^<>]*>")
NUMBERING = re.compile(
    r"^(?:\d{1,2}(?:\.\d{1,2})*[.)]|\(?[a-z]\)|[ivx]{1,4}\.|(?:step|section|part)\s+\d{1,2}\s*[:.–-])\s+", re.IGNORECASE
)
ENTRY = re.compile(r"[^\s.:;,][^.:;\n]{0,40}:(?:\s|$)|[•├└│–*-]\s|(?:T\s?\+\s?\d)|(?:p|sev|s)[\s-]?\d\b", re.IGNORECASE)


@dataclass(slots=True)
class Text:
    """A paragraph: its entries, each in one line."""

    line: int
    lines: list[str]


@dataclass(slots=True)
class Item:
    """One point of a list, what stands below it, and whether it is ticked, where it can be."""

    line: int
    text: str
    blocks: list["Block"]
    can_be_ticked: bool = False


@dataclass(slots=True)
class Bullets:
    """A list, numbered or not."""

    line: int
    items: list[Item]
    numbered: bool = False
    end: int = 0


@dataclass(slots=True)
class Table:
    """A table, its cells as plain text."""

    line: int
    head: list[str]
    rows: list[list[str]]


@dataclass(slots=True)
class Fence:
    """A block of code, or of anything that is to be taken as it stands."""

    line: int
    info: str
    content: str


Block = Text | Bullets | Table | Fence


@dataclass(slots=True)
class Section:
    """A heading and what stands below it; `line` and `end` count from 0, as the document's lines do."""

    title: str
    level: int
    line: int
    end: int
    parent: "Section | None" = field(default=None, repr=False)
    blocks: list[Block] = field(default_factory=list)
    children: list["Section"] = field(default_factory=list)

    def walk(self) -> Iterator["Section"]:
        """Yield this section and all below it, in the order of the document."""
        yield self
        for child in self.children:
            yield from child.walk()

    def above(self) -> Iterator["Section"]:
        """Yield the sections in which this one stands, the nearest first."""
        if self.parent:
            yield self.parent
            yield from self.parent.above()

    @property
    def is_heading(self) -> bool:
        """Say whether Markdown too takes its title for a heading."""
        return self.level < BOLD_LEVEL


def read(text: str) -> Section:
    """Return the document as a section without a title that holds all others."""
    markdown = MarkdownIt("commonmark").enable("table")
    root = Section("", 0, 0, text.count("\n") + 1)
    _Builder(root).add(SyntaxTreeNode(markdown.parse(text)).children)
    _close(root)
    return root


def items_of(blocks: list[Block]) -> Iterator[Item]:
    """Yield the points of every list among `blocks`, without those below them."""
    for block in blocks:
        if isinstance(block, Bullets):
            yield from block.items


def fences_of(blocks: list[Block]) -> Iterator[Fence]:
    """Yield every block of code, those inside of lists too."""
    for block in blocks:
        if isinstance(block, Fence):
            yield block
        elif isinstance(block, Bullets):
            for item in block.items:
                yield from fences_of(item.blocks)


def lines_of(blocks: list[Block]) -> Iterator[tuple[int, str]]:
    """Yield what a person reads, line by line: paragraphs and points of lists, not tables and code."""
    for block in blocks:
        if isinstance(block, Text):
            yield from ((block.line, line) for line in block.lines)
        elif isinstance(block, Bullets):
            for item in block.items:
                yield item.line, item.text
                yield from lines_of(item.blocks)


def bare(title: str) -> str:
    """Return a heading without its number, its marks and a colon at its end."""
    words = re.sub(r"^(?:[^\w\[(#@<≤½]|[\u2100-\u214f\u2460-\u24ff])+|[\s:：.*_–-]+$", "", title.strip())
    return NUMBERING.sub("", words).strip()


def _close(section: Section) -> None:
    for at, child in enumerate(section.children):
        child.end = section.children[at + 1].line if at + 1 < len(section.children) else section.end
        _close(child)


class _Builder:
    """Puts blocks where they belong: under the last heading that is still open."""

    def __init__(self, root: Section) -> None:
        self._open = [root]

    def add(self, nodes: list[SyntaxTreeNode]) -> None:
        for node, following in zip(nodes, [*nodes[1:], None], strict=False):
            if node.type == "heading":
                self._begin(_plain(node.children), int(node.tag[1]), node)
            elif node.type == "blockquote":
                self.add(node.children)
            elif node.type == "paragraph":
                self._paragraph(node, following)
            elif node.type == "hr":
                self._end(BOLD_LEVEL)
            elif block := _block(node):
                self._open[-1].blocks.append(block)

    def _begin(self, title: str, level: int, node: SyntaxTreeNode) -> None:
        self._end(level)
        title = " ".join(title.split())
        section = Section(title, level, _line(node), _line(node), self._open[-1])
        self._open[-1].children.append(section)
        self._open.append(section)

    def _end(self, level: int) -> None:
        while self._open[-1].level >= level:
            self._open.pop()

    def _paragraph(self, node: SyntaxTreeNode, following: SyntaxTreeNode | None) -> None:
        lines = _lines(_plain(node.children))
        if lines and _is_bold_head(node, lines):
            self._begin(lines[0], BOLD_LEVEL, node)
            lines = lines[1:]
        elif lines and following and following.type in _LISTLIKE and _is_colon_head(lines[-1]) and len(lines) == 1:
            self._begin(lines[0], COLON_LEVEL, node)
            lines = []
        if lines:
            self._open[-1].blocks.append(Text(_line(node), lines))


_LISTLIKE = ("bullet_list", "ordered_list", "fence", "code_block", "table")


def _block(node: SyntaxTreeNode) -> Block | None:
    match node.type:
        case "bullet_list" | "ordered_list":
            items = [_item(child) for child in node.children]
            end = node.map[1] if node.map else 0
            return Bullets(_line(node), items, node.type == "ordered_list", end)
        case "table":
            return _table(node)
        case "fence" | "code_block":
            return Fence(_line(node), node.info.strip(), node.content)
        case "html_block":
            return _html(node)
        case "paragraph" | "heading":
            return Text(_line(node), _lines(_plain(node.children)))
        case _:
            return None


def _html(node: SyntaxTreeNode) -> Block | None:
    if rows := _html_rows(node.content):
        return Table(_line(node), rows[0], rows[1:])
    lines = _lines(TAG.sub(" ", node.content))
    return Text(_line(node), lines) if lines else None


def _html_rows(text: str) -> list[list[str]]:
    """Return the rows of a table that is written in HTML."""
    rows = [HTML_CELL.findall(row) for row in HTML_ROW.findall(text)]
    return [[" ".join(unescape(TAG.sub(" ", cell)).split()) for cell in row] for row in rows if row]


def _item(node: SyntaxTreeNode) -> Item:
    if not node.children or node.children[0].type != "paragraph":
        return Item(_line(node), "", _blocks(node.children))
    first, *rest = node.children
    head, *more = _lines(_plain(first.children)) or [""]
    tick = TICK.match(head)
    below: list[Block] = [Text(_line(first), more)] if more else []
    return Item(_line(node), head[tick.end() :] if tick else head, [*below, *_blocks(rest)], tick is not None)


def _blocks(nodes: list[SyntaxTreeNode]) -> list[Block]:
    flat = [inner for node in nodes for inner in (node.children if node.type == "blockquote" else [node])]
    return [block for block in map(_block, flat) if block]


def _table(node: SyntaxTreeNode) -> Table:
    rows = [[_cell(cell) for cell in row.children] for part in node.children for row in part.children]
    return Table(_line(node), rows[0] if rows else [], rows[1:])


def _cell(node: SyntaxTreeNode) -> str:
    return "; ".join(_lines(_plain(node.children)))


def _is_bold_head(node: SyntaxTreeNode, lines: list[str]) -> bool:
    inner = [child for part in node.children for child in part.children if child.content or child.children]
    if not inner or inner[0].type not in ("strong", "em") or len(lines[0]) > LONGEST_HEAD:
        return False
    if inner[0].type == "em" and [child.type for child in inner[0].children] != ["strong"]:
        return False
    bold = _plain([inner[0]]).strip()
    after = lines[0].strip().removeprefix(bold).strip() if lines[0].strip().startswith(bold) else None
    if after is None:
        return False
    return not after.strip(":：.") or bool(re.fullmatch(r"\([^()]*\)\s*:?|[^:]{0,80}:", after))


def _is_colon_head(line: str) -> bool:
    if line.rstrip().endswith((":", "：")):
        return len(line) <= LONGEST_HEAD and ". " not in line
    return len(line) <= LONGEST_BARE_HEAD and not re.search(r"[.,;!?…]\s*$|\. |: ", line)


def _lines(text: str) -> list[str]:
    return [line for line in (" ".join(one.split()) for one in text.split("\n")) if line]


def _line(node: SyntaxTreeNode) -> int:
    return node.map[0] if node.map else 0


def _plain(nodes: list[SyntaxTreeNode]) -> str:
    """Return inline Markdown as text; a line break stays where what follows looks like an entry of its own."""
    parts: list[str] = []
    nodes = [node for node in nodes if node.content or node.type != "text"]
    for node, following in zip(nodes, [*nodes[1:], None], strict=False):
        match node.type:
            case "text" | "code_inline":
                parts.append(node.content)
            case "hardbreak":
                parts.append("\n")
            case "softbreak":
                parts.append("\n" if following and _begins_entry(following) else " ")
            case "html_inline":
                parts.append("\n" if node.content.lower().startswith("<br") else "")
            case "link":
                parts.append(_link(node))
            case _:
                parts.append(_plain(node.children))
    return "".join(parts)


def _begins_entry(node: SyntaxTreeNode) -> bool:
    return node.type == "strong" or bool(node.type == "text" and ENTRY.match(node.content))


def _link(node: SyntaxTreeNode) -> str:
    text, address = _plain(node.children), str(node.attrs.get("href", ""))
    near = text.strip().removeprefix("mailto:")
    return (
        text
        if not address or address.removeprefix("mailto:").rstrip("/") == near.rstrip("/")
        else f"{text} <{address}>"
    )
