"""When an area's day went out to its technicians.

Revision: 0043, after 0042
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0043'
down_revision = '0042'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('live_plans', schema=None) as batch_op:
        batch_op.add_column(sa.Column('day_told_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('live_plans', schema=None) as batch_op:
        batch_op.drop_column('day_told_at')
