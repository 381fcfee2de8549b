"""What people look up, as a playbook.yml says it: contacts, tools, targets, drills and reviews."""

from typing import Literal, Self

from pydantic import Field, model_validator

from app.playbooks.durations import Duration
from app.playbooks.entries import Entry, Line, Paragraph, Word
from app.playbooks.faults import Wrong
from app.playbooks.measures import Measure, Percent
from app.playbooks.names import DrillFile, SeverityRef, TagRef
from app.playbooks.templated import LinkTemplate, Url

Every = Literal["month", "quarter", "year"]
MEASURED = Literal[
    "mttd",
    "mtta",
    "mtti",
    "mttr",
    "frequency",
    "severity_mix",
    "false_positive_rate",
    "escalation_rate",
    "satisfaction",
    "availability",
    "error_rate",
    "response_time",
]


class Contact(Entry):
    """Somebody outside whom people call on."""

    name: Word = Field(description="What they are called, such as AWS Support.")
    for_: Line = Field(default="", alias="for", description="For what to call them.")
    email: Line = Field(default="", description="Their address.")
    phone: Line = Field(default="", description="Their number.")
    url: Url | None = Field(default=None, description="Where they are reached on the web.")
    note: Line = Field(default="", description="What to know before calling them.")


class Tool(Entry):
    """A system in which people look."""

    name: Word = Field(description="What it is called, such as Grafana.")
    group: Word = Field(default="", description="Under which heading it stands, such as Monitoring.")
    url: LinkTemplate = Field(
        description="Where it is, with {service}, {from}, {to}, {from_ms}, {to_ms} and {incident} filled in."
    )
    note: Line = Field(default="", description="What it is good for.")
    kind: Literal["grafana", "prometheus", "loki", "kibana", "jaeger", "datadog"] | None = Field(
        default=None,
        description="Of a known kind, url is where the tool begins; service and time are filled in by themselves.",
    )
    query: Line = Field(
        default="", description="What a tool of a known kind is asked, with {service} in it, in its own language."
    )
    datasource: Line = Field(default="", description="Of loki: the uid of the data source in Grafana; loki without it.")

    @model_validator(mode="after")
    def _is_of_a_kind(self) -> Self:
        if self.kind is None and (self.query or self.datasource):
            raise Wrong("query or datasource without kind", "write the kind of the tool beside it, such as kind: loki")
        if self.kind and "{" in self.url:
            raise Wrong("a url with braces beside kind", "leave what stands in braces out: the kind fills it in")
        return self


class Bridge(Entry):
    """The call that people join: the link under links, or Zoom where it is connected."""

    severities: list[SeverityRef] = Field(
        default=[], description="Incidents of these severities get a bridge at once; others, when somebody asks."
    )


class Metric(Entry):
    """A measure of how incidents go, and what it should be."""

    at_most_one_of = ("below", "above")
    at_least_one_of = ("below", "above", "note")

    metric: MEASURED = Field(description="What is measured.")
    severities: list[SeverityRef] = Field(
        default=[], description="Of incidents of these severities; without it, of every one."
    )
    below: Measure | None = Field(default=None, description='It should be less: 5m, "10 %", "200 ms" or a number.')
    above: Measure | None = Field(default=None, description='It should be more: "99.9 %", 5m or a number.')
    note: Line = Field(default="", description="What to know about it.")


class ErrorBudget(Entry):
    """How much of the time may fail: what the objective leaves."""

    objective: Percent = Field(description='How much of the time it must work, such as "99.95 %".')
    over: Duration = Field(description="Of what time, such as 30d.")
    severities: list[SeverityRef] = Field(
        default=[], description="Incidents of these severities use it up; without it, of every one."
    )


class Inject(Entry):
    """Something that a drill brings up by itself."""

    after: Duration = Field(description="How long after the drill was declared.")
    say: Paragraph = Field(description="What is said in the channel then.")


class DrillScript(Entry):
    """A drill that runs by itself: a file in the folder drills."""

    title: Line = Field(description="The title under which it is declared.")
    severity: SeverityRef = Field(description="The severity with which it is declared.")
    services: list[Word] = Field(default=[], max_length=20, description="What is said to be affected.")
    tags: list[TagRef] = Field(default=[], description="Tags that it carries from the start.")
    injects: list[Inject] = Field(default=[], max_length=50, description="What comes up when.")
    steps: list[Line] = Field(default=[], max_length=40, description="What the team does, in order.")


class Drill(Entry):
    """An exercise that falls due again and again."""

    title: Word = Field(description="What it is called, such as Monthly incident drill.")
    every: Every = Field(description="month, quarter or year.")
    steps: list[Line] = Field(default=[], max_length=40, description="What the team does, in order.")
    severity: SeverityRef | None = Field(default=None, description="The severity with which it is declared.")
    script: DrillFile | None = Field(default=None, description="A file in the folder drills, such as monthly.yml.")


class Review(Entry):
    """Something that people go through again and again, such as the runbooks."""

    title: Word = Field(description="What is gone through.")
    every: Every = Field(description="month, quarter or year.")
