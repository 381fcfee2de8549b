"""What becomes of alerts, as a playbook.yml says it."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from app.playbooks.entries import Entry, OneOrMore, Word
from app.playbooks.faults import Wrong
from app.playbooks.names import RunbookRef, SeverityRef, TagRef, read_channel

DEEDS = ("declare", "suggest", "attach", "ignore")
OF_INCIDENTS = ("services", "tags", "runbook", "paged_by")
"""What only an incident can have."""


def read_place(value: Any) -> str:
    """Return the channel in which an incident is suggested, empty where incidents are announced; raises `Wrong`."""
    return "" if value is True else read_channel(value)


Source = Literal["alertmanager", "grafana", "datadog", "pagerduty", "opsgenie", "generic"]
Place = Annotated[
    str,
    PlainValidator(read_place),
    WithJsonSchema({"anyOf": [{"const": True}, {"type": "string", "pattern": r"^[a-z0-9_-]{1,80}$"}]}),
]
Words = Annotated[list[Word], OneOrMore(), Field(min_length=1, max_length=50)]


class AlertRule(Entry):
    """What becomes of some alerts: declare, suggest, attach or ignore. Of all rules, the first that fits counts."""

    exactly_one_of = DEEDS

    name: Words | None = Field(
        default=None, description="What such an alert is called, or several names; a * stands for anything."
    )
    source: Annotated[list[Source], OneOrMore(), Field(min_length=1)] | None = Field(
        default=None, description="Which monitor tells of it, such as alertmanager."
    )
    labels: dict[Word, Words] = Field(
        default={}, max_length=20, description="What its labels say, such as severity: critical; all of them must fit."
    )
    declare: SeverityRef | None = Field(default=None, description="It declares an incident of this severity by itself.")
    suggest: Place | None = Field(
        default=None,
        description="true, or a channel without the #: it is said there, with a button that declares; true means where "
        "incidents are announced.",
    )
    attach: Literal[True] | None = Field(
        default=None, description="true: it counts in an open incident of its service, and does nothing by itself."
    )
    ignore: Literal[True] | None = Field(default=None, description="true: nothing becomes of it.")
    severity: SeverityRef | None = Field(
        default=None, description="With suggest: which severity the button declares, without asking again."
    )
    runbook: RunbookRef | None = Field(
        default=None, description="Which runbook is offered; without it, the one that names the alert."
    )
    services: Annotated[list[Word], OneOrMore(), Field(max_length=20)] = Field(
        default=[], description="What is affected, where the alert does not say so."
    )
    tags: Annotated[list[TagRef], OneOrMore()] = Field(
        default=[], description="Tags that the incident carries from the start, beside those of the runbook."
    )
    apart: bool = Field(
        default=False,
        description="true: an incident of its own, even while one of the same service or alert is open.",
    )
    paged_by: Literal["pagerduty"] | None = Field(
        default=None,
        description="The monitor pages there itself: Tocsin takes that page over in place of a second one.",
    )

    @model_validator(mode="after")
    def _says_what_can_be(self) -> Self:
        if self.severity and self.suggest is None:
            raise Wrong("severity without suggest", "write the severity after declare, or suggest: true beside it")
        idle = [key for key in OF_INCIDENTS if getattr(self, key)]
        if (self.ignore or self.attach) and idle:
            deed = "ignored" if self.ignore else "only attached"
            raise Wrong(f"{idle[0]} of alerts that are {deed}", f"leave {idle[0]} out, or write declare or suggest")
        return self
