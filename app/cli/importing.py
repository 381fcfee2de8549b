"""`tocsin playbook import`: a playbook folder of a Markdown runbook, and a word on each of its headings."""

import re
from pathlib import Path
from typing import Annotated

import typer

from app.cli.terminal import AS_JSON, Unanswerable, harmless, say_json
from app.playbooks.importing import Chapter, FolderExists, chapters, import_markdown, readable, save
from app.playbooks.names import ID

LARGEST = 8 * 1024 * 1024

Document = Annotated[Path, typer.Argument(metavar="RUNBOOK.md", help="A runbook in Markdown.")]
Name = Annotated[str | None, typer.Option("--name", help="What to call the playbook; made of its title otherwise.")]
Into = Annotated[Path, typer.Option("--into", metavar="DIR", help="Where to put the playbook's folder.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a playbook that is there already.")]
Json = Annotated[bool, AS_JSON]


def import_(
    document: Document, name: Name = None, into: Into = Path(), *, force: Force = False, as_json: Json = False
) -> None:
    """Make a playbook of a Markdown runbook, and say of each heading what was understood, guessed and left."""
    imported = import_markdown(_text(document), document.stem, _checked(name))
    if imported.is_empty:
        raise Unanswerable(
            f"Nothing in {harmless(str(document))} was understood: it has no headings, lists or tables. "
            "Name a runbook in Markdown, or begin with tocsin init."
        )
    try:
        folder = save(imported, into, force=force)
    except FolderExists as there:
        raise Unanswerable(str(there)) from None
    except OSError as error:
        reason = error.strerror or "no reason given"
        raise Unanswerable(
            f"{harmless(str(into))} cannot be written to ({reason}). Name another with --into."
        ) from None
    found = chapters(imported)
    if as_json:
        say_json({"folder": str(folder), "files": sorted(imported.files), "headings": list(map(_plainly, found))})
    else:
        _say(folder, found)


def _text(document: Path) -> str:
    try:
        with document.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise Unanswerable(f"{harmless(str(document))} cannot be read ({reason}). Name a Markdown file.") from None
    if len(content) > LARGEST:
        raise Unanswerable(f"{harmless(str(document))} is larger than 8 MiB. Keep the runbook alone in the file.")
    return readable(content)


def _checked(name: str | None) -> str | None:
    if name is not None and not re.fullmatch(ID, name):
        raise Unanswerable("--name cannot be the name of a playbook. Write up to 32 letters, digits, - and _.")
    return name


def _say(folder: Path, found: list[Chapter]) -> None:
    for chapter in found:
        typer.echo(f"{chapter.line or '':>5}  {harmless(chapter.title) or 'The document as a whole'}")
        for word, told in (("understood", chapter.understood), ("guessed", chapter.guessed), ("left", chapter.left)):
            for text in told:
                typer.echo(f"         {word:<10}  {harmless(text)}")
    guesses = sum(len(chapter.guessed) for chapter in found)
    marked = (
        f"{_count(guesses, 'guess', 'guesses')}, each marked “guessed” in playbook.yml" if guesses else "no guesses"
    )
    typer.echo(f"\n{folder}: {marked}. Next:")
    where = _shell(folder)
    for command in (
        f"tocsin playbook check {where}",
        f"tocsin playbook simulate {where}",
        f"tocsin try --playbook {where}",
        f"TOCSIN_PLAYBOOK={where} tocsin run",
    ):
        typer.echo(f"  {command}")


def _plainly(chapter: Chapter) -> dict[str, object]:
    return {
        "line": chapter.line,
        "title": chapter.title,
        "understood": chapter.understood,
        "guessed": chapter.guessed,
        "left": chapter.left,
    }


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _shell(folder: Path) -> str:
    text = str(folder)
    return text if "/" in text else f"./{text}"
