"""Puts the files of an imported playbook into a folder of its own."""

from pathlib import Path

from app.playbooks.importing.appendix import SAFE_FILE
from app.playbooks.importing.document import Imported
from app.playbooks.source import FILE


class FolderExists(Exception):
    """One sentence: there is a folder already, and what to do."""


def save(imported: Imported, into: Path, *, force: bool = False) -> Path:
    """Write a playbook into the folder of its name below `into`, and return that folder.

    With `force` it takes the place of the playbook that is there; files that no playbook has stay.
    """
    folder = into / imported.name
    if folder.exists() and not force:
        raise FolderExists(f"{folder} is there already. Choose another --name or --into, or replace it with --force.")
    folder.mkdir(parents=True, exist_ok=True)
    _clear(folder)
    for name, text in imported.files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def _clear(folder: Path) -> None:
    for file in [*folder.glob("*"), *folder.glob("*/*")]:
        name = file.relative_to(folder).as_posix()
        if file.is_file() and (name == FILE or SAFE_FILE.fullmatch(name)):
            file.unlink()
