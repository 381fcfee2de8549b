"""Who goes first by severity, and indexes of what is under way alone, not of all that ever was."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("rank", sa.Integer(), server_default="0", nullable=False))
    op.drop_index("ix_delivery_lane_state_id", "delivery")
    op.drop_index("ix_delivery_state_urgency_id", "delivery")
    op.create_index("ix_delivery_state_held_urgency_rank_id", "delivery", ["state", "held", "urgency", "rank", "id"])
    op.create_index(
        "ix_delivery_lane_state_urgency_rank_id",
        "delivery",
        ["lane", "state", "urgency", "rank", "id"],
        sqlite_where=sa.text("state IN ('waiting', 'sending') AND lookup = false"),
        postgresql_where=sa.text("state IN ('waiting', 'sending') AND lookup = false"),
    )
    op.create_index(
        "ix_delivery_urgency_lane_rank_id",
        "delivery",
        ["urgency", "lane", "rank", "id"],
        sqlite_where=sa.text("state = 'waiting' AND held = false"),
        postgresql_where=sa.text("state = 'waiting' AND held = false"),
    )
    op.create_index(
        "ix_incident_id",
        "incident",
        ["id"],
        sqlite_where=sa.text("trouble IS NOT NULL"),
        postgresql_where=sa.text("trouble IS NOT NULL"),
    )
    op.create_index(
        "ix_incident_severity",
        "incident",
        ["severity"],
        sqlite_where=sa.text("is_open = 1"),
        postgresql_where=sa.text("is_open"),
    )


def downgrade() -> None:
    op.drop_index("ix_incident_severity", "incident")
    op.drop_index("ix_incident_id", "incident")
    op.drop_index("ix_delivery_urgency_lane_rank_id", "delivery")
    op.drop_index("ix_delivery_lane_state_urgency_rank_id", "delivery")
    op.drop_index("ix_delivery_state_held_urgency_rank_id", "delivery")
    op.create_index("ix_delivery_state_urgency_id", "delivery", ["state", "urgency", "id"])
    op.create_index("ix_delivery_lane_state_id", "delivery", ["lane", "state", "id"])
    op.drop_column("delivery", "rank")
