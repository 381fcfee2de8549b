"""Who is on call, fetched ahead: user groups, shifts of calendars, and who is gone."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

from app.store.moments import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_text = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        "usergroup",
        sa.Column("workspace", _text(), nullable=False),
        sa.Column("id", _text(), nullable=False),
        sa.Column("members", _text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id", name=op.f("pk_usergroup")),
    )
    op.create_table(
        "shift",
        sa.Column("workspace", _text(), nullable=False),
        sa.Column("responder", _text(), nullable=False),
        sa.Column("starts_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("member", _text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "responder", "starts_at", "ends_at", "member", name=op.f("pk_shift")),
    )
    op.create_table(
        "feed",
        sa.Column("workspace", _text(), nullable=False),
        sa.Column("responder", _text(), nullable=False),
        sa.Column("fetched_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("failed_since", UTCDateTime(timezone=True), nullable=True),
        sa.Column("reason", _text(), nullable=False),
        sa.Column("unknown", _text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "responder", name=op.f("pk_feed")),
    )
    op.create_table(
        "absence",
        sa.Column("workspace", _text(), nullable=False),
        sa.Column("member", _text(), nullable=False),
        sa.Column("reason", _text(), nullable=False),
        sa.Column("deactivated", sa.Boolean(), nullable=False),
        sa.Column("since", UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "member", name=op.f("pk_absence")),
    )


def downgrade() -> None:
    for table in ("absence", "feed", "shift", "usergroup"):
        op.drop_table(table)
