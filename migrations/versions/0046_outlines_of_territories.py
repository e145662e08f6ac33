"""Outlines of territories: their borders, where somebody has drawn them.

Revision: 0046, after 0045
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = '0046'
down_revision = '0045'
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('territories', schema=None) as batch_op:
        batch_op.add_column(sa.Column('outline', DOCUMENT, nullable=True))


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('territories', schema=None) as batch_op:
        batch_op.drop_column('outline')
