"""Replays.

Revision: 0038, after 0037
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0038'
down_revision = '0037'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables forward."""
    op.create_table('replays',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('area_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('first_on', sa.Date(), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('calls_per_day', sa.Integer(), nullable=True),
    sa.Column('change', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('runs_wanted', sa.Integer(), nullable=False),
    sa.Column('seed', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=True),
    sa.Column('happened', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('trouble', sa.Text(), nullable=False),
    sa.Column('ordered_by', sa.String(length=80), nullable=False),
    sa.Column('ordered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_replays_area_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_replays'))
    )
    with op.batch_alter_table('replays', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_replays_area_id'), ['area_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_replays_state'), ['state'], unique=False)
    op.create_table('replay_runs',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('replay_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('figures', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.ForeignKeyConstraint(['replay_id'], ['replays.id'], name=op.f('fk_replay_runs_replay_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_replay_runs')),
    sa.UniqueConstraint('replay_id', 'number', name=op.f('uq_replay_runs_replay_id_number'))
    )


def downgrade() -> None:
    """Change them back."""
    op.drop_table('replay_runs')
    with op.batch_alter_table('replays', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_replays_state'))
        batch_op.drop_index(batch_op.f('ix_replays_area_id'))
    op.drop_table('replays')
