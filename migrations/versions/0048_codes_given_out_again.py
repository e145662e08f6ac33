"""Codes of visits are given out again: the old visit keeps its own with a number behind it.

Revision: 0048, after 0047
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0048'
down_revision = '0047'
branch_labels = None
depends_on = None

FOUR, SIXTEEN = sa.String(4), sa.String(16)


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.alter_column('code', existing_type=FOUR, type_=SIXTEEN, existing_nullable=False)


def downgrade() -> None:
    """Change them back; refused by PostgreSQL where codes were given out again."""
    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.alter_column('code', existing_type=SIXTEEN, type_=FOUR, existing_nullable=False)
