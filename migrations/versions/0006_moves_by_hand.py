"""Pinned places, moves by hand.

Revision: 0006, after 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables forward."""
    op.create_table('plan_moves',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('area_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('visit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('from_shift_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('from_start_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('to_shift_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('to_start_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state_before', sa.String(length=32), nullable=False),
    sa.Column('window_before_from_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('window_before_until_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lock_before', sa.String(length=32), nullable=True),
    sa.Column('locked_before_from_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('locked_before_until_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('was_override', sa.Boolean(), nullable=False),
    sa.Column('broken', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('made_by', sa.String(length=80), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_by', sa.String(length=80), nullable=True),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_plan_moves_area_id')),
    sa.ForeignKeyConstraint(['from_shift_id'], ['shifts.id'], name=op.f('fk_plan_moves_from_shift_id')),
    sa.ForeignKeyConstraint(['to_shift_id'], ['shifts.id'], name=op.f('fk_plan_moves_to_shift_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_plan_moves_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_moves'))
    )
    with op.batch_alter_table('plan_moves', schema=None) as batch_op:
        batch_op.create_index('ix_plan_moves_area_made', ['area_id', 'made_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_plan_moves_visit_id'), ['visit_id'], unique=False)

    with op.batch_alter_table('stops', schema=None) as batch_op:
        batch_op.add_column(sa.Column('lock_kind', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('locked_from_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('locked_until_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('is_override', sa.Boolean(), server_default=sa.text('false'), nullable=False))


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('stops', schema=None) as batch_op:
        batch_op.drop_column('is_override')
        batch_op.drop_column('locked_until_at')
        batch_op.drop_column('locked_from_at')
        batch_op.drop_column('lock_kind')

    with op.batch_alter_table('plan_moves', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_plan_moves_visit_id'))
        batch_op.drop_index('ix_plan_moves_area_made')

    op.drop_table('plan_moves')
