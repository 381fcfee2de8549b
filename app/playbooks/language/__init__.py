"""What a playbook.yml may say: the one description that the reader checks against and the JSON Schema is made from.

A class is one mapping of the file and an attribute one of its keys. Docstrings and descriptions are read by people in
their editors and in faults. To let the language say more, add a key here and give it to the domain in `assemble`.
`rules` holds what an incident is run by, `responders` who plays whom, `reference` what people look up.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.playbooks.business_time import Zone
from app.playbooks.entries import Entry, Line, Word
from app.playbooks.faults import Wrong, shown
from app.playbooks.language.alerts import AlertRule
from app.playbooks.language.customers import StatusPage
from app.playbooks.language.hours import BusinessHours
from app.playbooks.language.mailing import Mailing
from app.playbooks.language.reference import Bridge, Contact, Drill, ErrorBudget, Metric, Review, Tool
from app.playbooks.language.responders import Responder
from app.playbooks.language.rules import Channels, Checklist, Milestone, Postmortem, Role, Severity, Step
from app.playbooks.names import Id
from app.playbooks.templated import Url

COMMANDER = "commander"


def _commander_leads(roles: dict[str, Role]) -> dict[str, Role]:
    first = next(iter(roles), None)
    if first != COMMANDER:
        raise Wrong(f"the first role is {shown(first)}", f"let {COMMANDER} stand first: it is the one who leads")
    return roles


def _each_once(tags: list[str]) -> list[str]:
    twice = sorted({tag for tag in tags if tags.count(tag) > 1})
    if twice:
        raise Wrong(f"{', '.join(twice)} written more than once", "keep one of each")
    return tags


class PlaybookFile(Entry):
    """How one organisation responds to incidents: a playbook.yml of Tocsin."""

    version: Literal[1] = Field(default=1, description="The version of this language: 1.")
    name: Id = Field(description="What settings call this playbook.")
    title: Line = Field(description="What people call it.")
    timezone: Zone = Field(default="UTC", description="The time zone of business hours, such as Europe/Berlin.")
    business_hours: BusinessHours = Field(
        default_factory=BusinessHours, description="Monday to Friday, 09:00 to 17:00, unless it says otherwise."
    )
    channels: Channels = Field(default_factory=Channels, description="How channels are called.")
    severities: list[Severity] = Field(min_length=1, max_length=20, description="From highest to lowest.")
    escalation: list[Step] = Field(default=[], description="The escalation policy, in order.")
    milestones: dict[Id, Milestone] = Field(
        default={}, max_length=20, description="What is to be reached by when, by id; shown in the channel."
    )
    responders: dict[Id, Responder] = Field(description="Whom the escalation policy can page, by id.")
    roles: Annotated[dict[Id, Role], AfterValidator(_commander_leads)] = Field(
        description="The parts people play, by id; the first is commander."
    )
    tags: Annotated[list[Id], AfterValidator(_each_once)] = Field(
        default=[], max_length=100, description="Marks that people put on incidents."
    )
    statuses: dict[Literal["investigating", "identified", "monitoring", "resolved", "cancelled"], Word] = Field(
        default={}, description="Other words for the statuses, where this organisation has its own."
    )
    checklists: dict[Id, Checklist] = Field(default={}, description="Things to go through, by id.")
    postmortem: Postmortem = Field(default_factory=Postmortem, description="How an incident is looked back on.")
    contacts: dict[Id, Contact] = Field(
        default={}, max_length=100, description="Whom to call on outside, such as vendors, by id."
    )
    tools: dict[Id, Tool] = Field(default={}, max_length=100, description="Systems in which people look, by id.")
    alerts: list[AlertRule] = Field(
        default=[],
        max_length=200,
        description="What becomes of alerts: the first rule that fits counts; without one, an incident is suggested.",
    )
    metrics: list[Metric] = Field(default=[], max_length=50, description="What is measured, and what it should be.")
    error_budget: ErrorBudget | None = Field(default=None, description="How much of the time may fail.")
    drills: dict[Id, Drill] = Field(default={}, max_length=20, description="Exercises that come round, by id.")
    reviews: list[Review] = Field(default=[], max_length=50, description="What is gone through again, how often.")
    mail: dict[Id, Mailing] = Field(
        default={}, max_length=20, description="Lists of addresses that get mail about incidents, by id."
    )
    status_page: StatusPage = Field(default_factory=StatusPage, description="What customers read of the whole.")
    bridge: Bridge = Field(default_factory=Bridge, description="Which incidents get a call by themselves.")
    links: dict[Literal["status_page", "bridge", "tickets", "postmortems"], Url] = Field(
        default={}, description="Links that everybody needs: status_page, bridge, tickets, postmortems."
    )
