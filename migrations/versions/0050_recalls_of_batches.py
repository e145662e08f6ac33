"""Recalls of batches: the serials that are meant may be listed instead of a range.

Revision: 0050, after 0049
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0050'
down_revision = '0049'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('campaigns', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_batch', sa.Boolean(), server_default=sa.text('false'), nullable=False))


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('campaigns', schema=None) as batch_op:
        batch_op.drop_column('is_batch')
