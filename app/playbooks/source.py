"""Where a playbook comes from: a folder, or the name of one that ships."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import ValidationError

from app.domain.playbook import Playbook
from app.playbooks import assemble, document, explain, templates
from app.playbooks.faults import Fault, PlaybookFaults, choice
from app.playbooks.files import read_text
from app.playbooks.language import PlaybookFile
from app.playbooks.names import Defined
from app.playbooks.schema import schema
from app.playbooks.shipped import shipped

PLAYBOOKS = "playbooks"
FILE = "playbook.yml"


@dataclass(frozen=True, slots=True)
class Source:
    """A playbook, and the folder in which its templates lie."""

    playbook: Playbook
    folder: Path


def load(name_or_folder: str, today: date | None = None) -> Source:
    """Return the playbook of that name or in that folder; raises `PlaybookFaults` with all that is wrong with it.

    A name that ships comes before a folder of the same name; write `./default` for the folder. Public holidays are
    looked up for the years around `today`.
    """
    folder = _folder(name_or_folder)
    file, faults = _read(folder / FILE)
    faults += templates.faults(folder, general_messages())
    if file is None or faults:
        raise PlaybookFaults(faults)
    return Source(assemble.playbook(file, today or datetime.now(UTC).date()), folder)


def names() -> list[str]:
    """Return the names of the playbooks that ship."""
    return sorted(file.parent.name for file in (shipped() / PLAYBOOKS).glob(f"*/{FILE}"))


def message_folders(source: Source) -> list[Path]:
    """Return where the messages lie: the playbook's own come before Tocsin's."""
    return [source.folder / templates.MESSAGES, general_messages()]


def general_messages() -> Path:
    """Return the folder of the messages that Tocsin brings for every playbook."""
    return shipped() / templates.MESSAGES


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


def _read(file: Path) -> tuple[PlaybookFile | None, list[Fault]]:
    try:
        written, faults = document.read(read_text(file), file)
    except PlaybookFaults as unreadable:
        return None, list(unreadable.faults)
    try:
        return PlaybookFile.model_validate(written.value, context=Defined.by(written.value)), faults
    except ValidationError as error:
        told = {fault.key for fault in faults}
        misfits = explain.faults(error, written, file, schema())
        return None, [*faults, *(fault for fault in misfits if fault.key not in told)]
