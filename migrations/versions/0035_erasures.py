"""When a person's data was erased.

Revision: 0035, after 0034
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables forward."""
    for table in ("customers", "technicians"):
        op.add_column(table, sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Change them back."""
    for table in ("technicians", "customers"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("erased_at")
