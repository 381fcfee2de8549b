"""Makes a playbook folder of an ordinary Markdown runbook: pure rules, no model.

`reading` turns Markdown into a tree of sections. Each of the recognisers knows one subject: `levels` the severities
(`labels`, `times`, `claims`, `tables`, `gathering` and `severities` read what is said of them, `columns` reports what
is not read), `people` the escalation policy (`rows`, `orders`, `moments`, `paging`), `guidance` checklists and roles,
`scenarios` runbooks, `wording` templates (`phrases`, `postmortems`), `reference` what people look up, `practice`
targets and drills. They fill a `draft`; `appendix` applies what an exported document says at its end; `checking` sees
that the result can be used; `writing`, `report` and `unread` tell it.
"""

from app.playbooks.importing.document import Imported, import_markdown, readable
from app.playbooks.importing.folder import FolderExists, save
from app.playbooks.importing.report import Chapter, chapters

__all__ = ["Chapter", "FolderExists", "Imported", "chapters", "import_markdown", "readable", "save"]
