"""Playbooks: a folder of templates and one YAML file, read into the domain's `Playbook` or refused with its faults.

`language` describes what a playbook.yml may say; `document` reads YAML with its line numbers, `explain` tells what
does not fit, `assemble` makes the domain's values, and `templates` checks the wording. `runbooks` and `drills` read the
folders of those names. `source` joins them, and `suspicions` tells what is odd in a playbook that can be used.
"""

from app.playbooks.faults import Fault, PlaybookFaults, Suspicion
from app.playbooks.others import beside_others, folders_beside
from app.playbooks.schema import schema
from app.playbooks.source import Source, load, message_folders, names
from app.playbooks.suspicions import suspicions

__all__ = [
    "Fault",
    "PlaybookFaults",
    "Source",
    "Suspicion",
    "beside_others",
    "folders_beside",
    "load",
    "message_folders",
    "names",
    "schema",
    "suspicions",
]
