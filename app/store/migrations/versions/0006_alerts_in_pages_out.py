"""Alerts that came in, whom to tell of what, and pages by several ways."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_delivery = sa.table("delivery", sa.column("way"))


def upgrade() -> None:
    _rename_way("pager", "pagerduty")


def downgrade() -> None:
    _rename_way("pagerduty", "pager")


def _rename_way(before: str, after: str) -> None:
    op.execute(sa.update(_delivery).where(_delivery.c.way == before).values(way=after))
