"""What is on record about technicians: training, praise, warnings, awards.

Revision: 0055, after 0054
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0055'
down_revision = '0054'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Change the tables forward."""
    op.create_table(
        'team_records',
        sa.Column('id', ID, nullable=False),
        sa.Column('technician_id', ID, nullable=False),
        sa.Column('kind', sa.String(length=32), nullable=False),
        sa.Column('happened_on', sa.Date(), nullable=False),
        sa.Column('words', sa.Text(), nullable=False),
        sa.Column('skill_id', ID, nullable=True),
        sa.Column('is_passed', sa.Boolean(), nullable=True),
        sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('recorded_by', sa.String(length=80), nullable=False),
        sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('withdrawn_by', sa.String(length=80), nullable=True),
        sa.Column('withdrawn_why', sa.String(length=200), server_default='', nullable=False),
        sa.ForeignKeyConstraint(['technician_id'], ['technicians.id'], name=op.f('fk_team_records_technician_id')),
        sa.ForeignKeyConstraint(['skill_id'], ['skills.id'], name=op.f('fk_team_records_skill_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_team_records')),
    )
    with op.batch_alter_table('team_records', schema=None) as batch_op:
        batch_op.create_index('ix_team_records_technician_happened', ['technician_id', 'happened_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_team_records_skill_id'), ['skill_id'], unique=False)


def downgrade() -> None:
    """Change them back."""
    op.drop_table('team_records')
