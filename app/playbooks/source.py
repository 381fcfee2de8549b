"""Where a playbook comes from: a folder, or the name of one that ships."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import ValidationError

from app.domain.playbook import Playbook
from app.playbooks import assemble, document, drills, explain, mail_templates, runbooks, templates
from app.playbooks.document import Document
from app.playbooks.faults import Fault, PlaybookFaults, choice
from app.playbooks.files import read_text
from app.playbooks.language import PlaybookFile
from app.playbooks.names import UNREAD, Defined
from app.playbooks.schema import schema
from app.playbooks.shipped import shipped

PLAYBOOKS = "playbooks"
FILE = "playbook.yml"
CALENDAR = ".ics"


@dataclass(frozen=True, slots=True)
class Source:
    """A playbook, the folder in which its templates lie, and where in its file each thing is written."""

    playbook: Playbook
    folder: Path
    written: Document


def load(name_or_folder: str, today: date | None = None) -> Source:
    """Return the playbook of that name or in that folder; raises `PlaybookFaults` with all that is wrong with it.

    A name that ships comes before a folder of the same name; write `./default` for the folder. Public holidays are
    looked up for the years around `today`.
    """
    folder = _folder(name_or_folder)
    file, defined, written, faults = _read(folder / FILE)
    advice, unusable = runbooks.read(folder, defined)
    scripts, misfits = drills.read(folder, defined)
    faults += [*unusable, *misfits, *_misworded(folder)]
    if file is None or faults:
        raise PlaybookFaults(faults)
    playbook = assemble.playbook(file, today or datetime.now(UTC).date(), scripts)
    return Source(replace(playbook, runbooks=advice), folder, written)


def names() -> list[str]:
    """Return the names of the playbooks that ship."""
    return sorted(file.parent.name for file in (shipped() / PLAYBOOKS).glob(f"*/{FILE}"))


def message_folders(source: Source) -> list[Path]:
    """Return where the messages lie: the playbook's own come before Tocsin's."""
    return [source.folder / templates.MESSAGES, general_messages()]


def message_folders_of(name: str) -> list[Path]:
    """Return the same of a playbook that ships."""
    return [shipped() / PLAYBOOKS / name / templates.MESSAGES, general_messages()]


def general_messages() -> Path:
    """Return the folder of the messages that Tocsin brings for every playbook."""
    return shipped() / templates.MESSAGES


def _misworded(folder: Path) -> Iterator[Fault]:
    yield from templates.faults(folder, general_messages())
    yield from mail_templates.faults(folder / templates.MESSAGES, general_messages())


def _folder(name_or_folder: str) -> Path:
    if name_or_folder in names():
        return shipped() / PLAYBOOKS / name_or_folder
    folder = Path(name_or_folder)
    if folder.name == FILE:
        folder = folder.parent
    try:
        if folder.is_dir():
            return folder.resolve()
    except (OSError, ValueError):
        pass
    fault = Fault(folder / FILE, 1, "", "no such playbook", f"write a folder, or {choice(name_or_folder, names())}")
    raise PlaybookFaults([fault])


def _read(file: Path) -> tuple[PlaybookFile | None, Defined, Document, list[Fault]]:
    """Return what the file says, the names it defines as far as they can be read, and its faults."""
    try:
        written, faults = document.read(read_text(file), file)
    except PlaybookFaults as unreadable:
        return None, UNREAD, Document(None, {(): 1}), list(unreadable.faults)
    defined = replace(Defined.by(written.value), files=_files(file.parent), runbooks=runbooks.names(file.parent))
    try:
        return PlaybookFile.model_validate(written.value, context=defined), defined, written, faults
    except ValidationError as error:
        told = {fault.key for fault in faults}
        misfits = explain.faults(error, written, file, schema())
        return None, defined, written, [*faults, *(fault for fault in misfits if fault.key not in told)]


def _files(folder: Path) -> tuple[str, ...]:
    drill_files = (folder / drills.DRILLS).glob(f"*{drills.SUFFIX}")
    return tuple(sorted(file.name for file in (*folder.glob(f"*{CALENDAR}"), *drill_files)))
