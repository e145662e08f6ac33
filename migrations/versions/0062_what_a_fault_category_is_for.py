"""What a request with a fault category is for: a repair, care, or an installation.

Revision: 0062, after 0061
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0062'
down_revision = '0061'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('fault_categories', schema=None) as batch_op:
        batch_op.add_column(sa.Column('kind', sa.String(length=32), server_default='repair', nullable=False))
    categories = sa.table('fault_categories', sa.column('id'), sa.column('kind'))
    plans = sa.table('preventive_plans', sa.column('fault_category_id'))
    of_plans = sa.select(plans.c.fault_category_id)
    op.execute(categories.update().where(categories.c.id.in_(of_plans)).values(kind='preventive'))


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('fault_categories', schema=None) as batch_op:
        batch_op.drop_column('kind')
