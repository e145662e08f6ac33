"""Anchors of the chains, and which state of a message stands in its request's chain.

Revision: 0023, after 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Change the tables forward."""
    op.create_table('proof_anchors',
    sa.Column('id', BIG_ID, autoincrement=True, nullable=False),
    sa.Column('day_on', sa.Date(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('root', sa.String(length=64), nullable=False),
    sa.Column('previous_root', sa.String(length=64), nullable=False),
    sa.Column('signature', sa.String(length=88), nullable=False),
    sa.Column('last_event_id', BIG_ID, nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proof_anchors')),
    sa.UniqueConstraint('day_on', name=op.f('uq_proof_anchors_day_on')),
    )
    op.create_table('anchored_heads',
    sa.Column('id', BIG_ID, autoincrement=True, nullable=False),
    sa.Column('anchor_id', BIG_ID, nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(length=60), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['anchor_id'], ['proof_anchors.id'], name=op.f('fk_anchored_heads_anchor_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_anchored_heads')),
    sa.UniqueConstraint('anchor_id', 'place', name=op.f('uq_anchored_heads_anchor_id_place')),
    sa.UniqueConstraint('subject', 'anchor_id', name=op.f('uq_anchored_heads_subject_anchor_id')),
    )
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.add_column(sa.Column('chained_state', sa.String(length=32), nullable=True))
    # What was sent before stays as it is: recording it now would say that it happened now.
    op.execute('UPDATE messages SET chained_state = state')


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.drop_column('chained_state')
    op.drop_table('anchored_heads')
    op.drop_table('proof_anchors')
