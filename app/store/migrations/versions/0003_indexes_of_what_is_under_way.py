"""Indexes of what is under way alone, and not of all that ever was."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

READY = {
    "sqlite_where": sa.text("state = 'waiting' AND held = 0"),
    "postgresql_where": sa.text("state = 'waiting' AND NOT held"),
}
IN_THE_WAY = {
    "sqlite_where": sa.text("state IN ('waiting', 'sending') AND lookup = 0"),
    "postgresql_where": sa.text("state IN ('waiting', 'sending') AND NOT lookup"),
}
OPEN = {"sqlite_where": sa.text("is_open = 1"), "postgresql_where": sa.text("is_open")}
IN_TROUBLE = {
    "sqlite_where": sa.text("trouble IS NOT NULL"),
    "postgresql_where": sa.text("trouble IS NOT NULL"),
}


def upgrade() -> None:
    op.drop_index("ix_delivery_lane_state_id", "delivery")
    op.create_index("ix_delivery_lane_id", "delivery", ["lane", "id"], **IN_THE_WAY)
    op.drop_index("ix_delivery_state_urgency_id", "delivery")
    op.create_index("ix_delivery_state_held_urgency_id", "delivery", ["state", "held", "urgency", "id"])
    op.create_index("ix_delivery_urgency_lane_id", "delivery", ["urgency", "lane", "id"], **READY)
    op.create_index("ix_incident_id", "incident", ["id"], **IN_TROUBLE)
    op.create_index("ix_incident_severity", "incident", ["severity"], **OPEN)


def downgrade() -> None:
    op.drop_index("ix_incident_severity", "incident")
    op.drop_index("ix_incident_id", "incident")
    op.drop_index("ix_delivery_urgency_lane_id", "delivery")
    op.drop_index("ix_delivery_state_held_urgency_id", "delivery")
    op.create_index("ix_delivery_state_urgency_id", "delivery", ["state", "urgency", "id"])
    op.drop_index("ix_delivery_lane_id", "delivery")
    op.create_index("ix_delivery_lane_state_id", "delivery", ["lane", "state", "id"])
