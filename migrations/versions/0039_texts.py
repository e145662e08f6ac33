"""Texts of the organisation's own, in versions.

Revision: 0039, after 0038
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0039'
down_revision = '0038'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Change the tables forward."""
    op.create_table('text_versions',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(length=1000), nullable=True),
    sa.Column('text_en', sa.String(length=1000), nullable=True),
    sa.Column('in_force_from_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approved_by', sa.String(length=80), nullable=False),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_text_versions')),
    sa.UniqueConstraint('kind', 'name', 'version', name=op.f('uq_text_versions_kind_name_version'))
    )
    with op.batch_alter_table('text_versions', schema=None) as batch_op:
        batch_op.create_index('ix_text_versions_kind_name_from', ['kind', 'name', 'in_force_from_at'], unique=False)


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('text_versions', schema=None) as batch_op:
        batch_op.drop_index('ix_text_versions_kind_name_from')

    op.drop_table('text_versions')
