"""What incidents from before know of themselves by now: since when they had a room, and which statuses they reached."""

from alembic import op

from app.store.completing import complete

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    complete(op.get_bind(), "room_at", "reached_statuses", "monitoring_since")


def downgrade() -> None:
    """Leave it: what a field is not known of is passed over."""
