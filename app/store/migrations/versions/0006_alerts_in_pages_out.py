"""Alerts that came in, whom to tell of what, and pages by several ways."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

from app.store.moments import UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_text = sqlmodel.sql.sqltypes.AutoString
_delivery = sa.table("delivery", sa.column("way"))


def upgrade() -> None:
    _rename_way("pager", "pagerduty")
    op.create_table(
        "subscription",
        sa.Column("workspace", _text(), nullable=False),
        sa.Column("member", _text(), nullable=False),
        sa.Column("subject", _text(), nullable=False),
        sa.Column("value", _text(), nullable=False),
        sa.Column("since", UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "member", "subject", "value", name=op.f("pk_subscription")),
    )

    op.create_table(
        "outage",
        sa.Column("workspace", _text(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("way", _text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_outage_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "way", name=op.f("pk_outage")),
    )
    _make_tables_of_alerts()
    told = sa.text("kind = 'CustomersTold'")
    op.create_index(op.f("ix_event_at"), "event", ["at"], unique=False, sqlite_where=told, postgresql_where=told)
    of_tickets = sa.text("kind = 'TicketOpened'")
    op.create_index(
        op.f("ix_event_incident_id"),
        "event",
        ["incident_id"],
        unique=False,
        sqlite_where=of_tickets,
        postgresql_where=of_tickets,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_event_at"), table_name="event")
    op.drop_index(op.f("ix_event_incident_id"), table_name="event")
    for table in ("suggestion", "alert_tally", "alert_group", "alert", "alert_body"):
        op.drop_table(table)
    op.drop_table("subscription")
    op.drop_table("outage")
    _rename_way("pagerduty", "pager")


def _rename_way(before: str, after: str) -> None:
    op.execute(sa.update(_delivery).where(_delivery.c.way == before).values(way=after))


def _make_tables_of_alerts() -> None:
    op.create_table(
        "alert_body",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace", _text(), nullable=False),
        sa.Column("source", _text(), nullable=False),
        sa.Column("digest", _text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("heard", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("became", _text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_body")),
        sa.UniqueConstraint("source", "digest", name=op.f("uq_alert_body_source_digest")),
    )
    op.create_index(
        op.f("ix_alert_body_id"),
        "alert_body",
        ["id"],
        unique=False,
        sqlite_where=sa.text("waiting"),
        postgresql_where=sa.text("waiting"),
    )
    op.create_index(op.f("ix_alert_body_received_at"), "alert_body", ["received_at"], unique=False)
    op.create_table(
        "alert",
        sa.Column("workspace", _text(), nullable=False),
        sa.Column("key", _text(), nullable=False),
        sa.Column("group_key", _text(), nullable=False),
        sa.Column("name", _text(), nullable=False),
        sa.Column("firing", sa.Boolean(), nullable=False),
        sa.Column("began_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("heard_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("over_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("over_heard_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("suggestion_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_alert_incident_id")),
        sa.PrimaryKeyConstraint("workspace", "key", name=op.f("pk_alert")),
    )
    op.create_index(op.f("ix_alert_heard_at"), "alert", ["heard_at"], unique=False)
    op.create_index(op.f("ix_alert_incident_id_firing"), "alert", ["incident_id", "firing"], unique=False)
    op.create_index(op.f("ix_alert_suggestion_id_firing"), "alert", ["suggestion_id", "firing"], unique=False)
    op.create_index(op.f("ix_alert_workspace_group_key"), "alert", ["workspace", "group_key"], unique=False)
    op.create_table(
        "alert_group",
        sa.Column("workspace", _text(), nullable=False),
        sa.Column("key", _text(), nullable=False),
        sa.Column("source", _text(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("suggestion_id", sa.Integer(), nullable=True),
        sa.Column("again_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("proposal", _text(), nullable=True),
        sa.Column("heard_at", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_alert_group_incident_id")),
        sa.PrimaryKeyConstraint("workspace", "key", name=op.f("pk_alert_group")),
    )
    op.create_index(
        op.f("ix_alert_group_again_at"),
        "alert_group",
        ["again_at"],
        unique=False,
        sqlite_where=sa.text("again_at IS NOT NULL"),
        postgresql_where=sa.text("again_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_alert_group_heard_at"), "alert_group", ["heard_at"], unique=False)
    op.create_table(
        "alert_tally",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("workspace", _text(), nullable=False),
        sa.Column("due_at", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_alert_tally_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_alert_tally")),
    )
    op.create_index(op.f("ix_alert_tally_due_at"), "alert_tally", ["due_at"], unique=False)
    op.create_table(
        "suggestion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", _text(), nullable=False),
        sa.Column("workspace", _text(), nullable=False),
        sa.Column("source", _text(), nullable=False),
        sa.Column("proposal", _text(), nullable=False),
        sa.Column("state", _text(), nullable=False),
        sa.Column("by", _text(), nullable=True),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("firing", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("channel", _text(), nullable=True),
        sa.Column("ts", _text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", UTCDateTime(timezone=True), nullable=False),
        sa.Column("lease_until", UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_suggestion_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
        sa.UniqueConstraint("key", name=op.f("uq_suggestion_key")),
    )
    op.create_index(op.f("ix_suggestion_changed_at"), "suggestion", ["changed_at"], unique=False)
    op.create_index(
        op.f("ix_suggestion_not_before"),
        "suggestion",
        ["not_before"],
        unique=False,
        sqlite_where=sa.text("told < version"),
        postgresql_where=sa.text("told < version"),
    )
    op.create_index(
        op.f("ix_suggestion_workspace_source_created_at"),
        "suggestion",
        ["workspace", "source", "created_at"],
        unique=False,
    )
