"""What incidents from before know of themselves by now: since when somebody plays a role, and by whose word."""

from alembic import op

from app.store.completing import complete

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    complete(op.get_bind(), "given")


def downgrade() -> None:
    """Leave it: what a field is not known of is passed over."""
