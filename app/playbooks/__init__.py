"""Playbooks: a folder of templates and one YAML file, read into the domain's `Playbook` or refused with its faults.

`language` describes what a playbook.yml may say; `document` reads YAML with its line numbers, `explain` tells what
does not fit, `assemble` makes the domain's values, and `templates` checks the wording. `source` joins them.
"""

from app.playbooks.faults import Fault, PlaybookFaults
from app.playbooks.schema import schema
from app.playbooks.source import Source, load, message_folders, names

__all__ = ["Fault", "PlaybookFaults", "Source", "load", "message_folders", "names", "schema"]
