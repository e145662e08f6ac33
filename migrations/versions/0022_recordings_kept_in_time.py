"""Recordings somebody starts, pauses and hears; their erasure.

Revision: 0022, after 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables forward."""
    op.create_table('recording_listens',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('recording_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('listened_by', sa.String(length=80), nullable=False),
    sa.Column('listened_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['recording_id'], ['recordings.id'], name=op.f('fk_recording_listens_recording_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recording_listens'))
    )
    with op.batch_alter_table('recording_listens', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recording_listens_recording_id'), ['recording_id'], unique=False)

    with op.batch_alter_table('recordings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('started_by', sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column('paused_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index('ix_recordings_erased_recorded', ['erased_at', 'recorded_at'], unique=False)



def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('recordings', schema=None) as batch_op:
        batch_op.drop_index('ix_recordings_erased_recorded')
        batch_op.drop_column('erased_at')
        batch_op.drop_column('paused_at')
        batch_op.drop_column('started_by')

    with op.batch_alter_table('recording_listens', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recording_listens_recording_id'))

    op.drop_table('recording_listens')
