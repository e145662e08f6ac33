"""The register of service risks, crises and findings of audits.

Revision: 0064, after 0063
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0064'
down_revision = '0063'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Change the tables forward."""
    op.create_table(
        'service_risks',
        sa.Column('id', ID, nullable=False),
        sa.Column('kind', sa.String(length=32), nullable=False),
        sa.Column('title', sa.String(length=200), nullable=False),
        sa.Column('likelihood', sa.Integer(), nullable=False),
        sa.Column('harm', sa.Integer(), nullable=False),
        sa.Column('level', sa.String(length=32), nullable=False),
        sa.Column('measure', sa.Text(), nullable=False),
        sa.Column('owner_id', ID, nullable=False),
        sa.Column('due_on', sa.Date(), nullable=False),
        sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('opened_by', sa.String(length=80), nullable=False),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('closed_by', sa.String(length=80), nullable=True),
        sa.Column('outcome', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_service_risks_owner_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_service_risks')),
    )
    op.create_index('ix_service_risks_closed_due', 'service_risks', ['closed_at', 'due_on'], unique=False)
    op.create_index(op.f('ix_service_risks_owner_id'), 'service_risks', ['owner_id'], unique=False)


def downgrade() -> None:
    """Change them back."""
    op.drop_table('service_risks')
