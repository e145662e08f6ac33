"""Versions of the menu, so that old calls are shown as they were.

Revision: 0047, after 0046
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = '0047'
down_revision = '0046'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')


def upgrade() -> None:
    """Change the tables forward."""
    op.create_table('flow_versions',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('version', sa.String(length=12), nullable=False),
    sa.Column('picture', sa.Text(), nullable=False),
    sa.Column('sentences', DOCUMENT, nullable=False),
    sa.Column('first_heard_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flow_versions')),
    sa.UniqueConstraint('version', name=op.f('uq_flow_versions_version'))
    )


def downgrade() -> None:
    """Change them back."""
    op.drop_table('flow_versions')
