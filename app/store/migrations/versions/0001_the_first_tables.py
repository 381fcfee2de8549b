"""The first tables."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import app.store.moments

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "binding",
        sa.Column("workspace", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("responder", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("targets", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("members", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "responder", name=op.f("pk_binding")),
    )
    op.create_table(
        "pulse",
        sa.Column("workspace", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", app.store.moments.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "name", name=op.f("pk_pulse")),
    )
    op.create_table(
        "rules",
        sa.Column("workspace", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("body", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "digest", name=op.f("pk_rules")),
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number_in_year", sa.Integer(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("rules", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("severity", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("declared_at", app.store.moments.UTCDateTime(timezone=True), nullable=False),
        sa.Column("channel", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("announce_channel", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("announce_ts", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("next_due", app.store.moments.UTCDateTime(timezone=True), nullable=True),
        sa.Column("next_page", app.store.moments.UTCDateTime(timezone=True), nullable=True),
        sa.Column("trouble", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace", "rules"], ["rules.workspace", "rules.digest"], name=op.f("fk_incident_workspace_rules")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("workspace", "number", name=op.f("uq_incident_workspace_number")),
        sa.UniqueConstraint(
            "workspace", "year", "number_in_year", name=op.f("uq_incident_workspace_year_number_in_year")
        ),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_next_due"), ["next_due"], unique=False)
        batch_op.create_index(batch_op.f("ix_incident_next_page"), ["next_page"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_incident_workspace_announce_channel_announce_ts"),
            ["workspace", "announce_channel", "announce_ts"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_incident_workspace_channel"), ["workspace", "channel"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_incident_workspace_declared_at"), ["workspace", "declared_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_incident_workspace_is_open_rank_declared_at"),
            ["workspace", "is_open", "rank", "declared_at"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_incident_workspace_name"), ["workspace", "name"], unique=False)

    op.create_table(
        "event",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("workspace", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", app.store.moments.UTCDateTime(timezone=True), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("body", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_event_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "version", "place", name=op.f("pk_event")),
    )
    op.create_table(
        "receipt",
        sa.Column("workspace", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("seen_at", app.store.moments.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_receipt_incident_id")),
        sa.PrimaryKeyConstraint("workspace", "key", name=op.f("pk_receipt")),
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipt_seen_at"), ["seen_at"], unique=False)

    op.create_table(
        "timer",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("workspace", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("due_at", app.store.moments.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_timer_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "name", name=op.f("pk_timer")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("workspace", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("event_version", sa.Integer(), nullable=True),
        sa.Column("event_place", sa.Integer(), nullable=True),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("effect", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("lane", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("replaces", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("needs", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("lookup", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        sa.Column("created_at", app.store.moments.UTCDateTime(timezone=True), nullable=False),
        sa.Column("not_before", app.store.moments.UTCDateTime(timezone=True), nullable=False),
        sa.Column("token", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("lease_until", app.store.moments.UTCDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", app.store.moments.UTCDateTime(timezone=True), nullable=True),
        sa.Column("sweep_at", app.store.moments.UTCDateTime(timezone=True), nullable=True),
        sa.Column("result", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id", "event_version", "event_place"],
            ["event.incident_id", "event.version", "event.place"],
            name=op.f("fk_delivery_incident_id_event_version_event_place"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_delivery_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("key", name=op.f("uq_delivery_key")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_incident_id_replaces"), ["incident_id", "replaces"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_lane_state_id"), ["lane", "state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_state_urgency_id"), ["state", "urgency", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_delivery_sweep_at"),
            ["sweep_at"],
            unique=False,
            sqlite_where=sa.text("sweep_at IS NOT NULL"),
            postgresql_where=sa.text("sweep_at IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_delivery_sweep_at"),
            sqlite_where=sa.text("sweep_at IS NOT NULL"),
            postgresql_where=sa.text("sweep_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_delivery_state_urgency_id"))
        batch_op.drop_index(batch_op.f("ix_delivery_lane_state_id"))
        batch_op.drop_index(batch_op.f("ix_delivery_incident_id_replaces"))

    op.drop_table("delivery")
    op.drop_table("timer")
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_receipt_seen_at"))

    op.drop_table("receipt")
    op.drop_table("event")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_workspace_name"))
        batch_op.drop_index(batch_op.f("ix_incident_workspace_is_open_rank_declared_at"))
        batch_op.drop_index(batch_op.f("ix_incident_workspace_declared_at"))
        batch_op.drop_index(batch_op.f("ix_incident_workspace_channel"))
        batch_op.drop_index(batch_op.f("ix_incident_workspace_announce_channel_announce_ts"))
        batch_op.drop_index(batch_op.f("ix_incident_next_page"))
        batch_op.drop_index(batch_op.f("ix_incident_next_due"))

    op.drop_table("incident")
    op.drop_table("rules")
    op.drop_table("pulse")
    op.drop_table("binding")
