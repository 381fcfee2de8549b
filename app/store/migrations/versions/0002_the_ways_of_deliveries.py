"""The ways of deliveries, and which pages were told late."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("delivery") as delivery:
        delivery.add_column(
            sa.Column("way", sqlmodel.sql.sqltypes.AutoString(), server_default="slack", nullable=False)
        )
        delivery.add_column(sa.Column("told_late", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("delivery") as delivery:
        delivery.drop_column("told_late")
        delivery.drop_column("way")
