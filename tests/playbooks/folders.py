"""A playbook's folder to spoil, and what is said about it."""

import shutil
from pathlib import Path

from app.playbooks import Fault, PlaybookFaults, load
from app.playbooks.shipped import shipped


def copy_of(name: str, into: Path) -> Path:
    """Copy the playbook `name` that ships into a folder of its own."""
    return Path(shutil.copytree(shipped() / "playbooks" / name, into / name))


def faults_of(folder: Path) -> tuple[Fault, ...]:
    """Return what is wrong with the playbook in `folder`; nothing where it can be used."""
    try:
        load(str(folder))
    except PlaybookFaults as error:
        return error.faults
    return ()
