"""The drills of a playbook that run by themselves: drills/*.yml, checked as playbook.yml is."""

from pathlib import Path

from pydantic import ValidationError

from app.playbooks import document, explain
from app.playbooks.faults import Fault, PlaybookFaults
from app.playbooks.files import read_text
from app.playbooks.language.reference import DrillScript
from app.playbooks.names import Defined
from app.playbooks.schema import schema_of

DRILLS = "drills"
SUFFIX = ".yml"


def read(folder: Path, defined: Defined) -> tuple[dict[str, DrillScript], list[Fault]]:
    """Return the scripts in a playbook's `folder` by the names of their files, and what is wrong with them."""
    scripts: dict[str, DrillScript] = {}
    faults: list[Fault] = []
    for file in sorted((folder / DRILLS).glob(f"*{SUFFIX}")):
        try:
            scripts[file.name] = _read(file, defined)
        except PlaybookFaults as unusable:
            faults += unusable.faults
    return scripts, faults


def _read(file: Path, defined: Defined) -> DrillScript:
    written, faults = document.read(read_text(file), file)
    try:
        script = DrillScript.model_validate(written.value, context=defined)
    except ValidationError as error:
        raise PlaybookFaults([*faults, *explain.faults(error, written, file, schema_of(DrillScript))]) from None
    if faults:
        raise PlaybookFaults(faults)
    return script
