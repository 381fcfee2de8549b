"""The tables. SQLModel declares them; all work on them is SQLAlchemy Core.

Every row says whose it is: `workspace` is the text `enterprise:team`, or `team` alone. What the domain knows is kept
whole as JSON (`app.store.codec`); the columns beside it are what queries need. States are plain text, since neither
database can add a member to an enumeration without ceremony.
"""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKeyConstraint, Index, MetaData, Table, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from app.store.moments import UTCDateTime

INSTALLATION = ""
"""The `workspace` of what belongs to none."""


_ROOM_TO_CHANGE = {"postgresql_with": {"fillfactor": 50}}
"""Rows that change all the time: where the page has room for the new one, PostgreSQL leaves the indexes alone."""


def _partial_index(*columns: str, where: str) -> Index:
    """Return an index of the rows for which that is true, word for word as the queries have it."""
    return Index(None, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Row(SQLModel):
    """A row of a table of Tocsin's."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        },
    )


class RulesRow(Row, table=True):
    """The rules that incidents were declared under, each version once; `digest` is the SHA-256 of `body` in hex."""

    __tablename__ = "rules"

    workspace: str = Field(primary_key=True)
    digest: str = Field(primary_key=True)
    body: str


class IncidentRow(Row, table=True):
    """An incident as it stands.

    `state` is the domain's `Incident`. `rank` is 0 for the worst severity of its rules.
    """

    __tablename__ = "incident"
    __table_args__ = (
        UniqueConstraint("workspace", "number"),
        UniqueConstraint("workspace", "year", "number_in_year"),
        ForeignKeyConstraint(["workspace", "rules"], ["rules.workspace", "rules.digest"]),
        Index(None, "workspace", "name"),
        Index(None, "workspace", "channel"),
        Index(None, "workspace", "announce_channel", "announce_ts"),
        Index(None, "workspace", "is_open", "rank", "declared_at"),
        Index(None, "workspace", "declared_at"),
        Index(None, "severity", sqlite_where=text("is_open = 1"), postgresql_where=text("is_open")),
        _ROOM_TO_CHANGE,
    )

    id: int | None = Field(default=None, primary_key=True)
    workspace: str
    version: int
    number: int
    year: int
    number_in_year: int
    name: str
    rules: str
    state: str
    severity: str
    rank: int
    status: str
    is_open: bool
    declared_at: datetime = Field(sa_type=UTCDateTime)
    channel: str | None = None
    announce_channel: str | None = None
    announce_ts: str | None = None


class AgendaRow(Row, table=True):
    """What is still to come for an incident: its `timers` in JSON, each name with its moment.

    `next_due` is the earliest of them, `next_page` the earliest of those that page. `trouble` says why the clock could
    not decide the incident. It stands apart from the incident because it changes with nearly every save: PostgreSQL
    would write all the indexes of the incident anew each time.
    """

    __tablename__ = "agenda"
    __table_args__ = (
        Index(None, "next_page"),
        Index(None, "next_due"),
        _partial_index("incident_id", where="trouble IS NOT NULL"),
        _ROOM_TO_CHANGE,
    )

    incident_id: int = Field(primary_key=True, foreign_key="incident.id")
    workspace: str
    timers: str
    next_due: datetime | None = Field(default=None, sa_type=UTCDateTime)
    next_page: datetime | None = Field(default=None, sa_type=UTCDateTime)
    trouble: str | None = None


class EventRow(Row, table=True):
    """One entry of a timeline: the `place`-th event of the save that made `version` of its incident."""

    __tablename__ = "event"
    __table_args__ = (
        _partial_index("incident_id", where="kind = 'TicketOpened'"),
        _partial_index("at", where="kind = 'CustomersTold'"),
    )

    incident_id: int = Field(primary_key=True, foreign_key="incident.id")
    version: int = Field(primary_key=True)
    place: int = Field(primary_key=True)
    workspace: str
    at: datetime = Field(sa_type=UTCDateTime)
    kind: str
    body: str


class DeliveryRow(Row, table=True):
    """One thing that the world must be told: a row of the outbox.

    `state` is a `DeliveryState`. `rank` is that of the incident's severity where it says who goes first of the equally
    urgent. Deliveries of one `lane` go one after the other, the most urgent first, then by their ids. `held` is true
    while what the delivery `needs` is not there. `lookup` is true while a claimed row is only being looked up in Slack.
    `token` names the claim that may say what became of the row, until `lease_until`. `way` names the system outside
    that takes it. `told_late` is true once people were told that a page has not gone out in time.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        ForeignKeyConstraint(
            ["incident_id", "event_version", "event_place"],
            ["event.incident_id", "event.version", "event.place"],
        ),
        Index(None, "state", "held", "urgency", "rank", "id"),
        # What was sent stays for ever; looking for whose turn it is must not cost more for that.
        _partial_index(*("urgency", "lane", "rank", "id"), where="state = 'waiting' AND held = false"),
        _partial_index(
            *("lane", "state", "urgency", "rank", "id"), where="state IN ('waiting', 'sending') AND lookup = false"
        ),
        Index(None, "incident_id", "replaces"),
        _partial_index("sweep_at", where="sweep_at IS NOT NULL"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    workspace: str
    incident_id: int | None = Field(default=None, foreign_key="incident.id")
    event_version: int | None = None
    event_place: int | None = None
    kind: str
    effect: str
    way: str = Field(sa_column_kwargs={"server_default": "slack"})
    urgency: int
    rank: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    lane: str | None = None
    replaces: str | None = None
    needs: str | None = None
    held: bool
    state: str
    lookup: bool
    attempts: int
    repeated: bool
    told_late: bool = Field(sa_column_kwargs={"server_default": false()})
    created_at: datetime = Field(sa_type=UTCDateTime)
    not_before: datetime = Field(sa_type=UTCDateTime)
    token: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    sweep_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    result: str | None = None
    reason: str | None = None


class ReceiptRow(Row, table=True):
    """Something that came in and was handled, so that a second copy of it changes nothing."""

    __tablename__ = "receipt"

    workspace: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    incident_id: int | None = Field(default=None, foreign_key="incident.id")
    seen_at: datetime = Field(sa_type=UTCDateTime, index=True)


class BindingRow(Row, table=True):
    """Who a responder is in a workspace; `targets` and `members` are lists of Slack ids in JSON."""

    __tablename__ = "binding"

    workspace: str = Field(primary_key=True)
    responder: str = Field(primary_key=True)
    targets: str
    members: str


class GroupRow(Row, table=True):
    """Who is in a user group that the playbook names; `members` is a list of Slack ids in JSON."""

    __tablename__ = "usergroup"

    workspace: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    members: str


class ShiftRow(Row, table=True):
    """A time that a member plays a responder, as that responder's calendar said when it was last fetched."""

    __tablename__ = "shift"

    workspace: str = Field(primary_key=True)
    responder: str = Field(primary_key=True)
    starts_at: datetime = Field(sa_type=UTCDateTime, primary_key=True)
    ends_at: datetime = Field(sa_type=UTCDateTime, primary_key=True)
    member: str = Field(primary_key=True)


class FeedRow(Row, table=True):
    """How the calendar of a responder was last read: `unknown` is whom it names and nobody knows, in words."""

    __tablename__ = "feed"

    workspace: str = Field(primary_key=True)
    responder: str = Field(primary_key=True)
    fetched_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    failed_since: datetime | None = Field(default=None, sa_type=UTCDateTime)
    reason: str = ""
    unknown: str = ""


class AbsenceRow(Row, table=True):
    """A member whom no page reaches, and why; `deactivated` where Slack says that of the account itself."""

    __tablename__ = "absence"

    workspace: str = Field(primary_key=True)
    member: str = Field(primary_key=True)
    reason: str
    deactivated: bool
    since: datetime = Field(sa_type=UTCDateTime)


class SubscriptionRow(Row, table=True):
    """What a member wants to be told of: `subject` and `value` as in the domain's `Subscription`."""

    __tablename__ = "subscription"

    workspace: str = Field(primary_key=True)
    member: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    since: datetime = Field(sa_type=UTCDateTime)


class AlertBodyRow(Row, table=True):
    """Something that a monitor sent, as it came and compressed, so that it can be taken again.

    `digest` is that of what was sent, `heard` how often it came. It is `waiting` to be taken until it was; `became`
    says in words what of it. One that came before the workspace was known is that of the installation.
    """

    __tablename__ = "alert_body"
    __table_args__ = (UniqueConstraint("source", "digest"), _partial_index("id", where="waiting"))

    id: int | None = Field(default=None, primary_key=True)
    workspace: str
    source: str
    digest: str
    body: bytes
    received_at: datetime = Field(sa_type=UTCDateTime, index=True)
    heard: int
    waiting: bool
    became: str


class AlertRow(Row, table=True):
    """One alert of a monitor: what is known of it (the fields of the domain's `Heard`), and where it counts.

    `key` is made of its source, group and fingerprint, `group_key` of the first two.
    """

    __tablename__ = "alert"
    __table_args__ = (
        Index(None, "workspace", "group_key"),
        Index(None, "incident_id", "firing"),
        Index(None, "suggestion_id", "firing"),
    )

    workspace: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    group_key: str
    name: str
    firing: bool
    began_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    heard_at: datetime = Field(sa_type=UTCDateTime, index=True)
    over_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    over_heard_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    incident_id: int | None = Field(default=None, foreign_key="incident.id")
    suggestion_id: int | None = None


class AlertGroupRow(Row, table=True):
    """Alerts that belong together: the incident and the suggestion that were made of them last.

    At `again_at` an incident is declared as `proposal` has it, unless the last one is open by then.
    """

    __tablename__ = "alert_group"
    __table_args__ = (_partial_index("again_at", where="again_at IS NOT NULL"), Index(None, "heard_at"))

    workspace: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    source: str
    incident_id: int | None = Field(default=None, foreign_key="incident.id")
    suggestion_id: int | None = None
    again_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    proposal: str | None = None
    heard_at: datetime = Field(sa_type=UTCDateTime)


class AlertTallyRow(Row, table=True):
    """An incident whose alerts are another number by now, of which people are told at `due_at`."""

    __tablename__ = "alert_tally"

    incident_id: int = Field(primary_key=True, foreign_key="incident.id")
    workspace: str
    due_at: datetime = Field(sa_type=UTCDateTime, index=True)


class SuggestionRow(Row, table=True):
    """An incident that alerts suggest, and the message that says so.

    `proposal` is what would be declared. The message is that of `version` once `told` is as high; until then it is
    posted or edited at `not_before`, by whoever holds it until `lease_until`. `key` is in its metadata.
    """

    __tablename__ = "suggestion"
    __table_args__ = (
        _partial_index("not_before", where="told < version"),
        Index(None, "workspace", "source", "created_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    workspace: str
    source: str
    proposal: str
    state: str
    by: str | None = None
    incident_id: int | None = Field(default=None, foreign_key="incident.id")
    seen: int
    firing: int
    created_at: datetime = Field(sa_type=UTCDateTime)
    changed_at: datetime = Field(sa_type=UTCDateTime, index=True)
    channel: str | None = None
    ts: str | None = None
    version: int
    told: int
    attempts: int
    not_before: datetime = Field(sa_type=UTCDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UTCDateTime)


class OutageRow(Row, table=True):
    """An incident that was told that nothing goes by `way`, and that still waits for it."""

    __tablename__ = "outage"

    workspace: str
    incident_id: int = Field(primary_key=True, foreign_key="incident.id")
    way: str = Field(primary_key=True)


class PulseRow(Row, table=True):
    """When a periodic thing last ran."""

    __tablename__ = "pulse"

    workspace: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime)


def _table(name: str) -> Table:
    return Row.metadata.tables[name]


rules = _table("rules")
incident = _table("incident")
event = _table("event")
agenda = _table("agenda")
delivery = _table("delivery")
receipt = _table("receipt")
binding = _table("binding")
pulse = _table("pulse")
usergroup = _table("usergroup")
shift = _table("shift")
feed = _table("feed")
absence = _table("absence")
subscription = _table("subscription")
alert_body = _table("alert_body")
alert = _table("alert")
alert_group = _table("alert_group")
alert_tally = _table("alert_tally")
suggestion = _table("suggestion")
outage = _table("outage")
