"""Markdown as Slack's rich text.

Nothing in it can ping anybody: every word is a text of its own, which Slack shows as it is, and the only thing that
comes alive is an address that was written as a link.
Slack's page: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from textwrap import wrap

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from app.slack.blocks.elements import SECTION, Part
from app.slack.text import clean, fit, one_line

MOST_IN_A_BLOCK = 2500
LONGEST_ADDRESS = 500
DEEPEST = 8
STYLES = {"strong": "bold", "em": "italic", "s": "strike"}
TO_DO = {"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "}
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

Style = dict[str, bool]


@dataclass(frozen=True, slots=True)
class Piece:
    """One element of rich text: a line, a list, a command to copy."""

    part: Part
    size: int
    heads: bool = False


def parts(markdown: str, most: int) -> list[list[Part]]:
    """Return the blocks of a text, in parts of `most` characters at the most where one such is too long for Slack."""
    divided: list[list[Piece]] = [[]]
    for piece in pieces(markdown):
        last = divided[-1]
        if last and sum(one.size for one in last) + piece.size > most:
            # A heading goes with what it heads.
            moved = [last.pop()] if len(last) > 1 and last[-1].heads else []
            divided.append(moved)
        divided[-1].append(piece)
    return [list(_blocks(part)) for part in divided if part]


def pieces(markdown: str) -> list[Piece]:
    """Return a text, element by element."""
    tree = SyntaxTreeNode(READER.parse(clean(markdown)))
    return [piece for node in tree.children for piece in _pieces(node, 0)]


def _blocks(divided: Sequence[Piece]) -> Iterator[Part]:
    held: list[Piece] = []
    for piece in divided:
        if held and (piece.heads or sum(one.size for one in held) + piece.size > MOST_IN_A_BLOCK):
            yield _block(held)
            held = []
        held.append(piece)
    yield _block(held)


def _block(held: Iterable[Piece]) -> Part:
    return {"type": "rich_text", "elements": [piece.part for piece in held]}


def _pieces(node: SyntaxTreeNode, depth: int) -> Iterator[Piece]:
    match node.type:
        case "heading":
            yield from _line(_leaves(node, {"bold": True}), heads=True)
        case "paragraph":
            yield from _line(_leaves(node, {}))
        case "fence" | "code_block" | "html_block":
            yield from _code(node.content)
        case "bullet_list" | "ordered_list":
            yield from _list(node, min(depth, DEEPEST))
        case "blockquote":
            leaves = [leaf for child in node.children for leaf in (*_leaves(child, {}), _text("\n", {}))]
            yield from _piece("rich_text_quote", leaves[:-1])
        case "table":
            yield from _code("\n".join(_rows(node)))
        case "hr":
            return
        case _:
            for child in node.children:
                yield from _pieces(child, depth)


def _line(leaves: Iterable[Part], *, heads: bool = False) -> Iterator[Piece]:
    yield from _piece("rich_text_section", leaves, heads=heads)


def _piece(kind: str, leaves: Iterable[Part], *, heads: bool = False) -> Iterator[Piece]:
    """Yield an element; one that is too long for Slack in several."""
    for group in _groups(leaves):
        yield Piece({"type": kind, "elements": group}, sum(map(_size, group)), heads)


def _groups(leaves: Iterable[Part]) -> Iterator[list[Part]]:
    held: list[Part] = []
    for leaf in (short for long in leaves for short in _shortened(long)):
        if held and sum(map(_size, held)) + _size(leaf) > MOST_IN_A_BLOCK:
            yield held
            held = []
        held.append(leaf)
    if held:
        yield held


def _shortened(leaf: Part) -> Iterator[Part]:
    for text in wrap(leaf["text"], MOST_IN_A_BLOCK) if _size(leaf) > MOST_IN_A_BLOCK else [leaf["text"]]:
        yield leaf | {"text": text}


def _size(leaf: Part) -> int:
    return len(leaf["text"]) + len(leaf.get("url", ""))


def _code(code: str) -> Iterator[Piece]:
    """Yield a command to copy; one that is too long for Slack in several, divided between its lines."""
    held = ""
    for line in code.rstrip("\n").split("\n"):
        if held and len(held) + len(line) >= MOST_IN_A_BLOCK:
            yield from _piece("rich_text_preformatted", [_text(held, {})])
            held = ""
        held = f"{held}\n{line}" if held else fit(line, SECTION)
    if held.strip():
        yield from _piece("rich_text_preformatted", [_text(held, {})])


def _list(node: SyntaxTreeNode, depth: int) -> Iterator[Piece]:
    number = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    for item in node.children:
        first, rest = _first_line(item)
        if number is None:
            yield from _bullet(first, depth)
        else:
            # With commands between its items Slack would begin to count anew.
            yield from _line([_text(f"{'    ' * depth}{number}. ", {}), *first])
            number += 1
        for child in rest:
            yield from _pieces(child, depth + 1)


def _first_line(item: SyntaxTreeNode) -> tuple[list[Part], Sequence[SyntaxTreeNode]]:
    if not item.children or item.children[0].type != "paragraph":
        return [], item.children
    leaves = list(_leaves(item.children[0], {}))
    if leaves and (box := TO_DO.get(leaves[0]["text"][:4])):
        leaves[0] = leaves[0] | {"text": box + leaves[0]["text"][4:]}
    return leaves, item.children[1:]


def _bullet(leaves: Sequence[Part], depth: int) -> Iterator[Piece]:
    for line in _piece("rich_text_section", leaves):
        yield Piece({"type": "rich_text_list", "style": "bullet", "indent": depth, "elements": [line.part]}, line.size)


def _rows(table: SyntaxTreeNode) -> Iterator[str]:
    """Yield the rows of a table, their cells one below the other."""
    cells = [[_words(cell) for cell in row.children] for part in table.children for row in part.children]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _words(node: SyntaxTreeNode) -> str:
    return one_line("".join(leaf["text"] for leaf in _leaves(node, {})))


def _leaves(node: SyntaxTreeNode, style: Style) -> Iterator[Part]:
    """Yield what stands in a line, with neighbours of one style as one."""
    single = (leaf for leaf in _inline(node, style) if leaf["text"])
    for (kind, _), alike in groupby(single, key=lambda leaf: (leaf["type"], str(leaf.get("style")))):
        same = list(alike)
        if kind == "text":
            yield same[0] | {"text": "".join(leaf["text"] for leaf in same)}
        else:
            yield from same


def _inline(node: SyntaxTreeNode, style: Style) -> Iterator[Part]:
    for child in node.children:
        match child.type:
            case "text" | "html_inline":
                yield _text(child.content, style)
            case "code_inline":
                yield _text(child.content, style | {"code": True})
            case "softbreak":
                yield _text(" ", style)
            case "hardbreak":
                yield _text("\n", style)
            case "link":
                yield _link(str(child.attrs.get("href", "")), _words(child), style)
            case "image":
                yield _link(str(child.attrs.get("src", "")), child.content, style)
            case kind:
                yield from _inline(child, style | ({STYLES[kind]: True} if kind in STYLES else {}))


def _link(address: str, label: str, style: Style) -> Part:
    if not address.startswith(("https://", "http://", "mailto:", "tel:")) or len(address) > LONGEST_ADDRESS:
        return _text(f"{label} ({address})" if label != address else label, style)
    return _styled({"type": "link", "url": address, "text": label or address}, style)


def _text(text: str, style: Style) -> Part:
    return _styled({"type": "text", "text": text}, style)


def _styled(leaf: Part, style: Style) -> Part:
    return leaf | {"style": style} if style else leaf
