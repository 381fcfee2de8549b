"""What a mail says: its text from a template of the playbook, or of Tocsin's own, and the same as HTML.

The first line of a template is the subject. The HTML is made of the text, each paragraph escaped, unless the playbook
has a template of its own for it (`mail/update.html.j2`), which is escaped as well.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateNotFound, pass_context
from jinja2.runtime import Context

from app.domain import events as e
from app.domain.durations import in_words
from app.domain.playbook import Rules, Status
from app.domain.reference import MailingList
from app.line import one_line
from app.playbooks.bounded import BoundedEnvironment
from app.playbooks.shipped import shipped
from app.store import Record

log = logging.getLogger(__name__)

GENERAL = shipped() / "messages"
LAYOUT = "mail/layout.html.j2"
DOCTYPE = "<!DOCTYPE html>"
LONGEST_SUBJECT = 200
LONGEST_TEXT = 20_000
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
REPEATED = "(possibly repeated) "


@dataclass(frozen=True, slots=True)
class Written:
    """A mail in words."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class MailWords:
    """Writes mail. `folders` are those of the messages of each playbook, by its name, the first to be looked in first.

    `others` is used for playbooks that are not among them.
    """

    folders: Mapping[str, Sequence[Path]]

    @cached_property
    def _general(self) -> "_Templates":
        return _Templates([GENERAL])

    @cached_property
    def _of(self) -> "dict[str, _Templates]":
        return {playbook: _Templates(folders) for playbook, folders in self.folders.items()}

    def write(self, template: str, playbook: str, facts: Mapping[str, Any], *, repeated: bool = False) -> Written:
        """Return what the template of that name says; where the playbook's own fails, what Tocsin's says."""
        try:
            return _written(self._of.get(playbook, self._general), template, facts, repeated=repeated)
        except Exception as error:  # noqa: BLE001 -- a template is somebody else's program
            log.warning(
                "the playbook's template %s.j2 failed, Tocsin's own is sent: %s", template, one_line(str(error))
            )
            return _written(self._general, template, facts, repeated=repeated)


def facts(record: Record, event: e.Event, to: MailingList, link: str | None) -> dict[str, Any]:
    """Return what every template of a mail is given; `link` is where people inside find the incident."""
    incident, rules = record.incident, record.rules
    return {
        "incident": incident,
        "rules": rules,
        "severity": rules.severity(incident.severity),
        "status": rules.status_label(incident.status),
        "event": event,
        "at": event.at,
        "list": to.id,
        "link": link if not to.is_of_customers else None,
        "duration": _lasted(record, event.at),
    }


def _lasted(record: Record, at: datetime) -> timedelta:
    known = record.incident.resolution
    return known.ended_at - known.started_at if known else at - record.incident.declared_at


class _Templates:
    """The templates in some folders, as text and as HTML, where everything that is printed is escaped."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.text = _environment(folders, escaping=False)
        self.html = _environment(folders, escaping=True)


def _written(templates: _Templates, template: str, facts: Mapping[str, Any], *, repeated: bool) -> Written:
    first, _, rest = templates.text.get_template(f"{template}.j2").render(facts).strip().partition("\n")
    subject = f"{REPEATED if repeated else ''}{one_line(first)}"[:LONGEST_SUBJECT]
    text = _squeezed(rest)[:LONGEST_TEXT]
    paragraphs = [paragraph.split("\n") for paragraph in text.split("\n\n") if paragraph]
    html = _html(templates.html, template).render({**facts, "subject": subject, "paragraphs": paragraphs})
    return Written(subject, text, f"{DOCTYPE}\n{html}")


def _html(environment: BoundedEnvironment, template: str) -> Any:
    try:
        return environment.get_template(f"{template}.html.j2")
    except TemplateNotFound:
        return environment.get_template(LAYOUT)


def _squeezed(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()


def _environment(folders: Sequence[Path], *, escaping: bool) -> BoundedEnvironment:
    made = BoundedEnvironment(
        loader=FileSystemLoader(list(folders)),
        undefined=StrictUndefined,
        autoescape=escaping,
        finalize=_plain,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"line": one_line, "duration": in_words, "status": _status}
    return made


@pass_context
def _status(context: Context, status: str) -> str:
    rules: Rules = context["rules"]
    return rules.status_label(Status(status))


def _plain(value: object) -> object:
    match value:
        case None:
            return ""
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        case timedelta():
            return in_words(value)
        case str() if type(value) is str:
            return UNSEEN.sub("", value.replace("\r\n", "\n"))
        case _:
            return value
